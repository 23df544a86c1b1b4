// The sandboxes that scripts/browser has started, one for each database engine, and what tests need of their API.
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'

const ORGANISER = '01900000-0000-7000-8000-000000000001:plenaria_sandbox_organiser'

// The engines under test: `{name, base}`.
export const ENGINES = [
  { name: 'SQLite', base: process.env.SANDBOX_SQLITE },
  { name: 'PostgreSQL', base: process.env.SANDBOX_POSTGRESQL },
].filter(({ base }) => base)

// For what does not depend on the database.
export const [{ base: BASE }] = ENGINES

export const LANGUAGES = ['en', 'es', 'fr', 'ca']

let counter = 0

// A string that no other test uses: a part of a slug or of an address.
export const unique = () => `${process.pid}-${(counter += 1)}`

export const address = (name) => `${name}.${unique()}@example.org`

async function json(response, status) {
  const text = await response.text()
  assert.equal(response.status, status, text)
  return text && JSON.parse(text)
}

// Calls the API: `token` is a bearer token.
export async function call(base, method, path, { body, token, status = 200, ...headers } = {}) {
  const authorization = token && { Authorization: `Bearer ${token}` }
  const type = body && { 'Content-Type': 'application/json' }
  const response = await fetch(base + path, { method, headers: { ...type, ...authorization, ...headers }, body: body && JSON.stringify(body) })
  return json(response, status)
}

// An access token of the organisation that owns the sandbox's events.
export async function organiserToken(base) {
  const headers = { Authorization: `Basic ${btoa(ORGANISER)}` }
  const body = new URLSearchParams({ grant_type: 'client_credentials' })
  return (await json(await fetch(`${base}/oauth/token`, { method: 'POST', headers, body }), 200)).access_token
}

// The wall-clock time in UTC, this many seconds from now.
export const wallClock = (seconds) => new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19)

// Publishes an event of its own for a test, and returns its slug. Unless told otherwise it is after all of the sandbox's events.
export async function publish(base, changes = {}) {
  const slug = `test-${unique()}`
  const definition = {
    slug, series: 'tests', status: 'published', language: 'en', starts: wallClock(400 * 24 * 3600), time_zone: 'Etc/UTC', duration_minutes: 60, attendance: 'online', is_free: true,
    title: { en: 'A test', es: 'Una prueba', fr: 'Un essai', ca: 'Una prova' },
    contact: { name: 'The office', email: 'office@example.org' }, privacy: { notice_url: 'https://example.org/privacy', version: '1' },
    ...changes,
  }
  const token = await organiserToken(base)
  await call(base, 'PUT', `/v1/events/${slug}/definition`, { body: definition, token, status: 201, 'If-None-Match': '*' })
  return slug
}

// Registers somebody by the API, and returns the registration, which has its `manage_token`.
export async function register(base, slug, email = address('somebody')) {
  const body = { email, name: 'Somebody Else', privacy_accepted: true }
  return call(base, 'POST', `/v1/events/${slug}/registrations`, { body, status: 201 })
}

export async function cancel(base, { id, manage_token: token }) {
  return call(base, 'POST', `/v1/registrations/${id}/cancel`, { body: {}, token })
}

export const availability = (base, slug) => call(base, 'GET', `/v1/events/${slug}/availability`)

// Repeats a check until it gives something, for at most ten seconds.
export async function eventually(check, what) {
  for (const started = Date.now(); Date.now() - started < 10_000; await pause(100)) {
    const found = await check()
    if (found) return found
  }
  throw new Error(`${what}: not within 10 s`)
}

// The newest message of a kind to an address, once it is there.
export async function mailTo(base, to, kind) {
  const find = async () => {
    const { data } = await call(base, 'GET', `/sandbox/mail?limit=100&to=${encodeURIComponent(to)}`)
    return data.find((mail) => mail.kind === kind)
  }
  return eventually(find, `${kind} to ${to}`)
}
