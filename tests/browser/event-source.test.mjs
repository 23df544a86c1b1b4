// Live seats in the EventSource of a real browser, on a page of another origin. Run by scripts/browser, which starts the sandbox.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'
import { BASE, publish } from './lib/sandbox.mjs'

const { CHROMIUM } = process.env
const OVER = 'example-ended'
const CLOSED = 2

let profile, context, site, page, slug

before(async () => {
  site = createServer((_, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>A page of another origin</title>')
  })
  await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve))
  profile = await mkdtemp(join(tmpdir(), 'plenaria-browser-'))
  context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  })
  slug = await publish(BASE)
  page = await context.newPage()
  await page.goto(`http://127.0.0.1:${site.address().port}/`)
})

after(async () => {
  await context?.close()
  site?.close()
  if (profile) await rm(profile, { recursive: true, force: true })
})

// Opens an EventSource in the page, which collects its messages.
const open = (slug) => page.evaluate((url) => {
  window.source?.close()
  window.messages = []
  window.errors = 0
  window.source = new EventSource(url)
  source.addEventListener('availability', ({ data, lastEventId }) => messages.push({ ...JSON.parse(data), lastEventId }))
  source.addEventListener('error', () => { errors += 1 })
}, `${BASE}/v1/events/${slug}/availability/stream`)

const messages = (count) =>
  page.waitForFunction((count) => window.messages.length >= count && window.messages, count, { timeout: 10_000 })
    .then((handle) => handle.jsonValue())

test('a page of another origin hears of a registration within a second', async () => {
  await open(slug)
  const [first] = await messages(1)
  assert.equal(first.status, 'open')
  const response = await page.evaluate(async (url) => {
    const person = { email: `live-${Date.now()}@example.org`, name: 'Ana Pérez', privacy_accepted: true }
    const { status } = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(person) })
    return { status, at: Date.now() }
  }, `${BASE}/v1/events/${slug}/registrations`)
  assert.equal(response.status, 201)
  const [, second] = await messages(2)
  assert.ok(Date.now() - response.at < 2_000)
  assert.equal(second.confirmed, first.confirmed + 1)
  assert.ok(BigInt(second.lastEventId) > BigInt(first.lastEventId))
  assert.equal(await page.evaluate(() => errors), 0)
})

test('after the end of the event an EventSource connects once more, and then no longer', async () => {
  await open(OVER)
  const [last] = await messages(1)
  assert.equal(last.status, 'ended')
  await page.waitForFunction((closed) => source.readyState === closed, CLOSED, { timeout: 15_000 })
  assert.equal(await page.evaluate(() => window.messages.length), 1)
})
