-- Records the attendance of :person, or withdraws it if it is recorded, for a client, and that in the audit log. One transaction.
BEGIN;
SELECT capacity, confirmed, waitlisted FROM event_seats WHERE event_id = :event FOR UPDATE;
SELECT id AS registration FROM registrations WHERE active_email = 'person.' || :person || '@example.org' AND event_id = :event AND status = 'confirmed' FOR UPDATE \gset
UPDATE registrations SET attended_at = CASE WHEN attended_at IS NULL THEN now() END, updated_at = now(), revision = revision + 1 WHERE id = :registration;
INSERT INTO outbox (id, type, event_id, registration_id, sequence, occurred_at, payload) VALUES (gen_random_uuid(), 'registration.attended', :event, :registration, 2, now(), '{"status":"confirmed"}');
INSERT INTO audit_entries (id, recorded_at, actor, organisation, client_id, action, target_kind, target_id, event_id, request_id, details) VALUES (gen_random_uuid(), now(), 'client', 'bench', gen_random_uuid(), 'attendance.recorded', 'registration', :registration, :event, NULL, '{"attended": true}');
COMMIT;
