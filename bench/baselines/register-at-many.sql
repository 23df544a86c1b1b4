-- Like register-unlimited.sql, but at a random event of the table bench_events.
\set e random(1, :events)
\set r random(1, 1000000000000)
BEGIN;
SELECT capacity, confirmed, waitlisted FROM event_seats WHERE event_id = (SELECT id FROM bench_events WHERE number = :e) FOR UPDATE;
INSERT INTO registrations (id, event_id, status, email, active_email, name, organisation, position, city, country, audience, language, newsletter, access_needs, answers, external_reference, source, waitlist_number, privacy_notice, privacy_accepted_at, created_at, updated_at, confirmed_at, cancelled_at, cancellation_reason, attended_at, revision) VALUES (gen_random_uuid(), (SELECT id FROM bench_events WHERE number = :e), 'confirmed', 'p' || :r || '@example.org', 'p' || :r || '@example.org', 'Ana Perez', 'Ajuntament', NULL, NULL, 'ES', NULL, 'en', false, NULL, '{}', NULL, 'public', NULL, '1', now(), now(), now(), now(), NULL, NULL, NULL, 1);
UPDATE event_seats SET confirmed = confirmed + 1 WHERE event_id = (SELECT id FROM bench_events WHERE number = :e);
INSERT INTO outbox (id, type, event_id, registration_id, sequence, occurred_at, payload) VALUES (gen_random_uuid(), 'registration.created', (SELECT id FROM bench_events WHERE number = :e), gen_random_uuid(), 1, now(), '{"status":"confirmed"}');
COMMIT;
