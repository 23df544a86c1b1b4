-- Confirms the address of :person, whose request is pending, at an event without a capacity. One transaction.
BEGIN;
SELECT capacity, confirmed, waitlisted FROM event_seats WHERE event_id = :event FOR UPDATE;
SELECT id AS registration FROM registrations WHERE active_email = 'person.' || :person || '@example.org 0' AND event_id = :event FOR UPDATE \gset
SELECT id FROM registrations WHERE active_email = 'person.' || :person || '@example.org' AND event_id = :event FOR UPDATE;
UPDATE registrations SET status = 'confirmed', active_email = 'person.' || :person || '@example.org', confirmed_at = now(), updated_at = now(), revision = revision + 1 WHERE id = :registration;
UPDATE event_seats SET confirmed = confirmed + 1 WHERE event_id = :event;
INSERT INTO outbox (id, type, event_id, registration_id, sequence, occurred_at, payload) VALUES (gen_random_uuid(), 'registration.confirmed', :event, :registration, 2, now(), '{"status":"confirmed"}');
COMMIT;
