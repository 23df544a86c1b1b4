-- Cancels the registration of :person; a seat that becomes free goes to the head of the waiting list. One transaction.
BEGIN;
SELECT (waitlisted > 0)::int AS waiting FROM event_seats WHERE event_id = :event FOR UPDATE \gset
SELECT id AS registration, (status = 'confirmed')::int AS seated FROM registrations WHERE active_email = 'person.' || :person || '@example.org' AND event_id = :event FOR UPDATE \gset
UPDATE registrations SET status = 'cancelled', active_email = NULL, former_email = 'person.' || :person || '@example.org', waitlist_number = NULL, cancelled_at = now(), attended_at = NULL, updated_at = now(), revision = revision + 1 WHERE id = :registration;
INSERT INTO outbox (id, type, event_id, registration_id, sequence, occurred_at, payload) VALUES (gen_random_uuid(), 'registration.cancelled', :event, :registration, 2, now(), '{"status":"cancelled"}');
\if :seated = 1 and :waiting = 1
UPDATE registrations SET status = 'confirmed', waitlist_number = NULL, confirmed_at = now(), updated_at = now(), revision = revision + 1 WHERE event_id = :event AND waitlist_number = (SELECT min(waitlist_number) FROM registrations WHERE event_id = :event AND waitlist_number IS NOT NULL) RETURNING id AS promoted \gset
INSERT INTO outbox (id, type, event_id, registration_id, sequence, occurred_at, payload) VALUES (gen_random_uuid(), 'registration.promoted', :event, :promoted, 2, now(), '{"status":"confirmed"}');
\endif
\if :seated = 1 and :waiting = 0
UPDATE event_seats SET confirmed = confirmed - 1 WHERE event_id = :event;
\else
UPDATE event_seats SET waitlisted = waitlisted - 1 WHERE event_id = :event;
\endif
COMMIT;
