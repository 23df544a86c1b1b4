import assert from 'node:assert/strict'
import { test } from 'node:test'

import { clientCredentials, createClient, isProblem, items } from '../src/index.js'
import { verifyWebhook, WebhookVerificationError } from '../src/webhooks.js'
import { Webhook } from 'standardwebhooks'

const baseUrl = 'https://api.example.org'

function problem(status: number, code: string, more: object = {}, headers: Record<string, string> = {}): Response {
  const retryable = status === 429 || status === 503
  const body = { type: `${baseUrl}/problems/${code}`, title: code, status, code, detail: code, request_id: 'r', retryable, ...more }
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/problem+json', ...headers } })
}

/** Answers the requests one after another, and keeps them. */
function answers(...all: (Response | Error)[]): { fetch: (request: Request) => Promise<Response>; requests: Request[] } {
  const requests: Request[] = []
  return {
    requests,
    fetch: async (request) => {
      requests.push(request)
      const next = all.shift()
      assert.ok(next, 'too many requests')
      if (next instanceof Error) throw next
      return next
    },
  }
}

const registration = { email: 'ada@example.org', name: 'Ada Lovelace', privacy_accepted: true } as const

test('a POST is sent again with the same key and body until it has an answer', async () => {
  const { fetch, requests } = answers(
    new TypeError('fetch failed'),
    problem(503, 'overloaded', {}, { 'Retry-After': '0' }),
    Response.json({ id: '1' }, { status: 201 }),
  )
  const client = createClient({ baseUrl, fetch })
  const { response } = await client.POST('/v1/events/{event}/registrations', { params: { path: { event: 'x' } }, body: registration })
  assert.equal(response.status, 201)
  assert.equal(requests.length, 3)
  const keys = new Set(requests.map((request) => request.headers.get('Idempotency-Key')))
  assert.equal(keys.size, 1)
  assert.match([...keys][0] ?? '', /^[0-9a-f-]{36}$/)
  for (const request of requests) assert.deepEqual(await request.json(), registration)
})

test('problems are thrown with their code and the field errors, and not sent again', async () => {
  const errors = [{ pointer: '/email', code: 'email', detail: 'This is not an e-mail address.' }]
  const { fetch, requests } = answers(problem(422, 'validation-failed', { errors }))
  const client = createClient({ baseUrl, fetch, language: 'es' })
  const sent = client.POST('/v1/events/{event}/registrations', { params: { path: { event: 'x' } }, body: registration })
  const error = await sent.then(() => undefined, (reason: unknown) => reason)
  assert.ok(isProblem(error, 'validation-failed'))
  assert.equal(error.field('/email')?.code, 'email')
  assert.equal(error.field('/name'), undefined)
  assert.equal(requests.length, 1)
  assert.equal(requests[0]?.headers.get('Accept-Language'), 'es')
})

test('a problem that a pause does not mend is not sent again, even if it is retryable', async () => {
  for (const code of ['event-full', 'registration-not-open']) {
    const { fetch, requests } = answers(problem(409, code, { retryable: true }))
    const client = createClient({ baseUrl, fetch })
    const sent = client.POST('/v1/events/{event}/registrations', { params: { path: { event: 'x' } }, body: registration })
    const error = await sent.then(() => undefined, (reason: unknown) => reason)
    assert.ok(isProblem(error) && error.code === code && error.problem.retryable)
    assert.equal(requests.length, 1)
  }
})

test('a request whose key is in progress is sent again with the same key, as after a proxy\'s errors', async () => {
  const { fetch, requests } = answers(
    new Response('<h1>Bad gateway</h1>', { status: 502 }),
    new Response(null, { status: 408 }),
    problem(409, 'idempotency-in-progress', { retryable: true }, { 'Retry-After': '0' }),
    Response.json({ id: '1' }, { status: 201 }),
  )
  const client = createClient({ baseUrl, fetch, longestPause: 0.01 })
  await client.POST('/v1/events/{event}/registrations', { params: { path: { event: 'x' } }, body: registration })
  assert.equal(requests.length, 4)
  assert.equal(new Set(requests.map((request) => request.headers.get('Idempotency-Key'))).size, 1)
})

test('a Retry-After beyond the longest pause ends the attempts', async () => {
  const { fetch } = answers(problem(429, 'rate-limited', {}, { 'Retry-After': '900' }))
  const error = await createClient({ baseUrl, fetch }).GET('/v1/events').then(() => undefined, (reason: unknown) => reason)
  assert.ok(isProblem(error, 'rate-limited'))
  assert.equal(error.retryAfter, 900)
})

test('answers of proxies without a problem document are problems too', async () => {
  const { fetch } = answers(new Response('<h1>Bad gateway</h1>', { status: 502, headers: { 'Content-Type': 'text/html' } }))
  const error = await createClient({ baseUrl, fetch, retries: 0 }).GET('/v1/events').then(() => undefined, (reason: unknown) => reason)
  assert.ok(isProblem(error))
  assert.equal(error.status, 502)
  assert.equal(error.problem.retryable, true)
})

test('an abort ends the pause between attempts', async () => {
  const { fetch } = answers(problem(503, 'overloaded', {}, { 'Retry-After': '20' }))
  const started = Date.now()
  await assert.rejects(createClient({ baseUrl, fetch }).GET('/v1/events', { signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' })
  assert.ok(Date.now() - started < 5000)
})

test('access tokens are shared, kept, and renewed once when they are rejected', async () => {
  let given = 0
  const token = clientCredentials({
    baseUrl,
    clientId: 'id',
    clientSecret: 's:ecret',
    fetch: async (request) => {
      given += 1
      assert.equal(request.headers.get('Authorization'), `Basic ${btoa('id:s%3Aecret')}`)
      return Response.json({ access_token: `token-${given}`, expires_in: 900 })
    },
  })
  assert.deepEqual(await Promise.all([token(false), token(false)]), ['token-1', 'token-1'])
  const { fetch, requests } = answers(problem(401, 'invalid-token'), Response.json({ data: [], page: { limit: 20, next_cursor: null } }))
  await createClient({ baseUrl, fetch, token }).GET('/v1/changes')
  assert.deepEqual(requests.map((request) => request.headers.get('Authorization')), ['Bearer token-1', 'Bearer token-2'])
  assert.equal(given, 2)
})

test('a list is read page by page', async () => {
  const page = (data: number[], next: string | null): Response => Response.json({ data, page: { limit: 2, next_cursor: next } })
  const { fetch, requests } = answers(page([1, 2], 'c1'), page([3], null))
  const client = createClient({ baseUrl, fetch })
  const seen: unknown[] = []
  for await (const event of items((cursor) => client.GET('/v1/events', { params: { query: { limit: 2, ...cursor } } }))) seen.push(event)
  assert.deepEqual(seen, [1, 2, 3])
  assert.deepEqual(requests.map((request) => new URL(request.url).search), ['?limit=2', '?limit=2&cursor=c1'])
})

test('webhook messages are verified', () => {
  const secret = `whsec_${btoa('0123456789abcdef0123456789abcdef')}`
  const body = JSON.stringify({ type: 'webhook.test', timestamp: '2027-01-01T00:00:00Z', data: {} })
  const now = new Date()
  const headers = {
    'webhook-id': 'msg',
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign('msg', now, body),
  }
  assert.equal(verifyWebhook(secret, headers, body).type, 'webhook.test')
  assert.throws(() => verifyWebhook(secret, headers, `${body} `), WebhookVerificationError)
})
