-- Corrects the organisation of :person, who requests it, if the registration is unchanged since it was read. One transaction.
BEGIN;
SELECT capacity, confirmed, waitlisted FROM event_seats WHERE event_id = :event FOR UPDATE;
SELECT id AS registration, revision FROM registrations WHERE active_email = 'person.' || :person || '@example.org' AND event_id = :event FOR UPDATE \gset
UPDATE registrations SET organisation = 'Ajuntament ' || :revision, updated_at = now(), revision = revision + 1 WHERE id = :registration;
INSERT INTO outbox (id, type, event_id, registration_id, sequence, occurred_at, payload) VALUES (gen_random_uuid(), 'registration.updated', :event, :registration, :revision, now(), '{"status":"confirmed"}');
COMMIT;
