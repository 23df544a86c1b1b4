/** The whole journey against a running server. scripts/contract starts one, and says where it is in the environment. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'

import { changes, clientCredentials, createClient, isProblem, items } from '../src/index.js'
import { verifyWebhook, type WebhookPayload } from '../src/webhooks.js'

const baseUrl = process.env['PLENARIA_URL'] ?? ''
const run = process.env['PLENARIA_RUN'] ?? Date.now().toString(36)
const skip = baseUrl === '' ? 'PLENARIA_URL names no server' : false

const source = clientCredentials({
  baseUrl,
  clientId: process.env['PLENARIA_CLIENT_ID'] ?? '',
  clientSecret: process.env['PLENARIA_CLIENT_SECRET'] ?? '',
})
const partner = createClient({ baseUrl, token: source })
const visitor = createClient({ baseUrl, language: 'en' })
const slug = `journey-ts-${run}`

async function rejection(answer: Promise<unknown>): Promise<unknown> {
  return answer.then(() => assert.fail('an error was expected'), (reason: unknown) => reason)
}

test('an organiser publishes, people register, and a partner follows', { skip, timeout: 60_000 }, async (t) => {
  const event = { path: { event: slug } }

  await t.test('the organiser puts a definition', async () => {
    const { data } = await partner.PUT('/v1/events/{event}/definition', {
      params: { ...event, header: { 'If-None-Match': '*' } },
      body: {
        slug,
        status: 'published',
        language: 'en',
        title: { en: 'A journey', es: 'Un viaje' },
        starts: '2099-06-01T10:00',
        time_zone: 'Europe/Madrid',
        duration_minutes: 60,
        registration: { capacity: 1, waitlist: true },
      },
    })
    assert.equal(data?.outcome, 'created')
    const { data: read } = await visitor.GET('/v1/events/{event}', { params: event })
    assert.equal(read?.registration.capacity, 1)
    const phase: 'upcoming' | 'live' | 'ended' | undefined = read?.phase
    assert.equal(phase, 'upcoming')
  })

  const received: WebhookPayload[] = []
  let secret = ''
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      try {
        received.push(verifyWebhook(secret, request.headers, Buffer.concat(chunks).toString()))
        response.writeHead(204).end()
      } catch {
        response.writeHead(400).end()
      }
    })
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  t.after(() => receiver.close())
  const address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`

  await t.test('the partner creates a webhook endpoint', async () => {
    const { data } = await partner.POST('/v1/webhook-endpoints', { body: { url: address, types: ['registration.created', 'registration.promoted'] } })
    assert.ok(data)
    secret = data.secret
  })

  let first = { id: '', token: '' }
  await t.test('a person registers, once, however often it is sent', async () => {
    const body = { email: `ada.${run}@example.org`, name: 'Ada Lovelace', privacy_accepted: true } as const
    const headers = { 'Idempotency-Key': `ts-${run}` }
    const { data, response } = await visitor.POST('/v1/events/{event}/registrations', { params: event, body, headers })
    assert.equal(response.status, 201)
    assert.ok(data && data.status !== 'confirmation_sent')
    const again = await visitor.POST('/v1/events/{event}/registrations', { params: event, body, headers })
    assert.equal(again.response.headers.get('Idempotency-Replayed'), 'true')
    assert.deepEqual(again.data, data)
    assert.equal(data.status, 'confirmed')
    first = { id: data.id, token: data.manage_token }
    const twice = await rejection(visitor.POST('/v1/events/{event}/registrations', { params: event, body }))
    assert.ok(isProblem(twice, 'already-registered'))
    const wrong = await rejection(visitor.POST('/v1/events/{event}/registrations', { params: event, body: { ...body, email: 'nobody' } }))
    assert.ok(isProblem(wrong, 'validation-failed'))
    assert.equal(wrong.field('/email')?.code, 'email')
  })

  let second = { id: '', token: '' }
  await t.test('the next one waits, and moves up when the first cancels', async () => {
    const { data } = await visitor.POST('/v1/events/{event}/registrations', {
      params: event,
      body: { email: `grace.${run}@example.org`, name: 'Grace Hopper', privacy_accepted: true },
    })
    assert.ok(data && data.status !== 'confirmation_sent')
    assert.equal(data.status, 'waitlisted')
    assert.equal(data.waitlist_position, 1)
    second = { id: data.id, token: data.manage_token }

    const holder = createClient({ baseUrl, token: first.token })
    const path = { path: { registration: first.id } }
    const { data: changed } = await holder.PATCH('/v1/registrations/{registration}', { params: path, body: { organisation: 'Analytical Engines' } })
    assert.equal(changed?.organisation, 'Analytical Engines')
    const { data: cancelled } = await holder.POST('/v1/registrations/{registration}/cancel', { params: path, body: { reason: 'Ill' } })
    assert.equal(cancelled?.status, 'cancelled')
    const promoted = await createClient({ baseUrl, token: second.token }).GET('/v1/registrations/{registration}', { params: { path: { registration: second.id } } })
    assert.equal(promoted.data?.status, 'confirmed')
    await holder.DELETE('/v1/registrations/{registration}', { params: path })
    assert.ok(isProblem(await rejection(holder.GET('/v1/registrations/{registration}', { params: path })), 'not-found'))
  })

  await t.test('the partner sends a batch, reads it by cursor and follows the feed', async () => {
    const people = [1, 2, 3].map((n) => ({ email: `p${n}.${run}@example.org`, name: `Person ${n}`, privacy_accepted: true as const, external_reference: `${run}-${n}` }))
    const { data } = await partner.POST('/v1/events/{event}/registrations/batch', { params: event, body: { items: people } })
    assert.deepEqual(data?.results.map((result) => result.status), [201, 201, 201])
    const seen: string[] = []
    for await (const one of items((cursor) => partner.GET('/v1/events/{event}/registrations', { params: { ...event, query: { limit: 2, ...cursor } } }))) {
      seen.push(one.status)
    }
    assert.deepEqual(seen.sort(), ['confirmed', 'waitlisted', 'waitlisted', 'waitlisted'])
    const types = new Set<string>()
    for await (const page of changes(partner, { wait: 10 })) {
      for (const change of page.changes) {
        if (change.type === 'registration.promoted' && change.data.registration.id === second.id) types.add(change.type)
        if (change.type === 'event.published' && change.data.event.slug === slug) types.add(change.type)
      }
      if (types.size === 2) break
    }
  })

  await t.test('the webhook messages arrive and verify', async () => {
    const wanted = (message: WebhookPayload): boolean => message.type === 'registration.promoted' && message.data.registration.id === second.id
    while (!received.some(wanted)) await new Promise((resolve) => setTimeout(resolve, 50))
  })
})
