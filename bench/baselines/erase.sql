-- Erases the data of :person, whose registration at an event without a waiting list is cancelled by that. One transaction.
BEGIN;
SELECT capacity, confirmed, waitlisted FROM event_seats WHERE event_id = :event FOR UPDATE;
SELECT id AS registration FROM registrations WHERE active_email = 'person.' || :person || '@example.org' AND event_id = :event FOR UPDATE \gset
UPDATE registrations SET status = 'cancelled', email = '', active_email = NULL, former_email = NULL, name = '', organisation = NULL, attended_at = NULL, cancelled_at = now(), updated_at = now(), erased_at = now(), revision = revision + 2 WHERE id = :registration;
UPDATE event_seats SET confirmed = confirmed - 1 WHERE event_id = :event;
DELETE FROM messages WHERE registration_id = :registration;
INSERT INTO outbox (id, type, event_id, registration_id, sequence, occurred_at, payload) VALUES (gen_random_uuid(), 'registration.cancelled', :event, :registration, 2, now(), '{"status":"cancelled"}'), (gen_random_uuid(), 'registration.erased', :event, :registration, 3, now(), '{"status":"cancelled"}');
COMMIT;
