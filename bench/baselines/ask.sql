-- Asks a new person to confirm their address. Like the API it does not lock the event, checks that the address is neither
-- registered nor asked already, stores the request, spends one message of the mailbox's budget and queues the mail.
\set r random(1, 1000000000000)
BEGIN;
SELECT status, capacity, confirmed, waitlisted FROM event_seats WHERE event_id = :event;
SELECT id FROM registrations WHERE active_email = 'p' || :r || '@example.org' AND event_id = :event FOR UPDATE;
SELECT id FROM registrations WHERE active_email IN ('p' || :r || '@example.org 0', 'p' || :r || '@example.org 1', 'p' || :r || '@example.org 2', 'p' || :r || '@example.org 3', 'p' || :r || '@example.org 4', 'p' || :r || '@example.org 5', 'p' || :r || '@example.org 6', 'p' || :r || '@example.org 7', 'p' || :r || '@example.org 8', 'p' || :r || '@example.org 9') AND event_id = :event FOR UPDATE;
INSERT INTO registrations (id, event_id, status, email, active_email, name, organisation, country, language, newsletter, answers, source, privacy_notice, privacy_accepted_at, created_at, updated_at, revision) VALUES (gen_random_uuid(), :event, 'pending', 'p' || :r || '@example.org', 'p' || :r || '@example.org 0', 'Ana Perez', 'Ajuntament', 'ES', 'en', false, '{}', 'public', '1', now(), now(), now(), 1) RETURNING id AS registration \gset
INSERT INTO mail_budgets (mailbox, sent, updated_at) VALUES (gen_random_uuid(), '["2031-01-01T00:00:00Z"]', now()) ON CONFLICT (mailbox) DO UPDATE SET updated_at = now();
INSERT INTO messages (id, kind, registration_id, event_id, language, created_at, next_attempt_at, attempts, state, data) VALUES (gen_random_uuid(), 'confirm_address', :registration, :event, 'en', now(), now(), 0, 'pending', '{}');
COMMIT;
