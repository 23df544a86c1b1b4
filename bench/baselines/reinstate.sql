-- Reinstates the cancelled registration of :person at an event without a capacity, for a client, and records that in the audit
-- log. One transaction.
BEGIN;
SELECT capacity, confirmed, waitlisted FROM event_seats WHERE event_id = :event FOR UPDATE;
SELECT id AS registration FROM registrations WHERE former_email = 'person.' || :person || '@example.org' AND event_id = :event FOR UPDATE \gset
SELECT id FROM registrations WHERE active_email = 'person.' || :person || '@example.org' AND event_id = :event FOR UPDATE;
UPDATE registrations SET status = 'confirmed', active_email = 'person.' || :person || '@example.org', former_email = NULL, cancelled_at = NULL, confirmed_at = now(), updated_at = now(), revision = revision + 1 WHERE id = :registration;
UPDATE event_seats SET confirmed = confirmed + 1 WHERE event_id = :event;
INSERT INTO outbox (id, type, event_id, registration_id, sequence, occurred_at, payload) VALUES (gen_random_uuid(), 'registration.reinstated', :event, :registration, 2, now(), '{"status":"confirmed"}');
INSERT INTO audit_entries (id, recorded_at, actor, organisation, client_id, action, target_kind, target_id, event_id, request_id, details) VALUES (gen_random_uuid(), now(), 'client', 'bench', gen_random_uuid(), 'registration.reinstated', 'registration', :registration, :event, NULL, '{}');
COMMIT;
