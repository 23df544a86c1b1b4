-- Registers :person: for a seat if one is free, else at the end of the waiting list. One transaction.
BEGIN;
SELECT (confirmed < capacity)::int AS free, last_waitlist_number + 1 AS number FROM event_seats WHERE event_id = :event FOR UPDATE \gset
\if :free
INSERT INTO registrations (id, event_id, status, email, active_email, name, organisation, country, language, newsletter, answers, source, privacy_notice, privacy_accepted_at, created_at, updated_at, confirmed_at, revision) VALUES (gen_random_uuid(), :event, 'confirmed', 'person.' || :person || '@example.org', 'person.' || :person || '@example.org', 'Ana Perez', 'Ajuntament', 'ES', 'en', false, '{}', 'public', '1', now(), now(), now(), now(), 1);
UPDATE event_seats SET confirmed = confirmed + 1 WHERE event_id = :event;
\else
INSERT INTO registrations (id, event_id, status, email, active_email, name, organisation, country, language, newsletter, answers, source, waitlist_number, privacy_notice, privacy_accepted_at, created_at, updated_at, revision) VALUES (gen_random_uuid(), :event, 'waitlisted', 'person.' || :person || '@example.org', 'person.' || :person || '@example.org', 'Ana Perez', 'Ajuntament', 'ES', 'en', false, '{}', 'public', :number, '1', now(), now(), now(), 1);
UPDATE event_seats SET waitlisted = waitlisted + 1, last_waitlist_number = :number WHERE event_id = :event;
\endif
INSERT INTO outbox (id, type, event_id, registration_id, sequence, occurred_at, payload) VALUES (gen_random_uuid(), 'registration.created', :event, gen_random_uuid(), 1, now(), '{"status":"confirmed"}');
COMMIT;
