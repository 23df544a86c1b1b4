// The pages that people look at, in Chromium: the documentation and the explanations of problems. Run by scripts/browser,
// which starts the server. Nothing may be loaded from elsewhere, and the browser may find nothing to complain about.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'

const { BASE, CHROMIUM, SCREENSHOTS } = process.env
const WEBINAR = 'internationalisation-and-metropolitan-spaces-en'
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']
const document = JSON.parse(await readFile(new URL('../../openapi/v1.json', import.meta.url), 'utf8'))

let profile, context

before(async () => {
  profile = await mkdtemp(join(tmpdir(), 'plenaria-browser-'))
  context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    locale: 'es',
    viewport: { width: 1280, height: 1000 },
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  })
})

after(async () => {
  await context?.close()
  if (profile) await rm(profile, { recursive: true, force: true })
})

// A page that remembers what it asked for and what went wrong.
async function observed() {
  const page = await context.newPage()
  const seen = { requests: [], faults: [] }
  const fault = (kind, text) => seen.faults.push(`${kind}: ${text}`)
  // Before any script of the page: violations of its policy are told to the document.
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (e) => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI}`))
  })
  page.on('console', (message) => {
    if (['error', 'warning', 'assert'].includes(message.type())) fault(message.type(), message.text())
  })
  page.on('pageerror', (error) => fault('exception', error.message))
  page.on('requestfailed', (request) => fault('failed', `${request.url()} ${request.failure()?.errorText}`))
  page.on('request', (request) => seen.requests.push(request.url()))
  page.on('response', (response) => {
    if (response.status() >= 400) fault('answer', `${response.status()} ${response.url()}`)
  })
  return { page, seen }
}

function nothingToComplainOf({ requests, faults }) {
  assert.deepEqual(faults, [])
  assert.ok(requests.length > 0)
  const elsewhere = requests.filter((url) => !url.startsWith('data:') && new URL(url).origin !== new URL(BASE).origin)
  assert.deepEqual(elsewhere, [], 'no request leaves the host')
}

const blockOf = (page, path) =>
  page.locator('.opblock-get', { has: page.locator(`[data-path="${path}"]`) })

// Presses "execute" of an operation, which is opened if need be; the status of what came.
async function execute(block) {
  if (!await block.locator('button.execute').count()) await block.locator('.opblock-summary').click()
  await block.locator('button.execute').click()
  const status = block.locator('.live-responses-table tr.response .response-col_status')
  await status.waitFor()
  await block.locator('.loading-container').waitFor({ state: 'detached' })
  return (await status.innerText()).trim().split(/\s/)[0]
}

async function picture(page, name) {
  if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
}

test('the documentation lists every operation, and tries one out', async () => {
  const { page, seen } = await observed()
  await page.goto(`${BASE}/docs`)
  await page.locator('.opblock').first().waitFor()
  assert.equal(new URL(page.url()).pathname, '/docs/')

  const expected = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => `${method.toUpperCase()} ${path}`))
  const listed = await page.locator('.opblock').evaluateAll((blocks) => blocks.map((block) => {
    const text = (selector) => block.querySelector(selector).textContent.replace(/\u200b/g, '').trim()
    return `${text('.opblock-summary-method')} ${text('.opblock-summary-path')}`
  }))
  assert.deepEqual(listed.sort(), expected.sort())
  await picture(page, 'docs')

  // As the page fills them in: every example is one that works.
  for (const [path, { get }] of Object.entries(document.paths)) {
    if (!get?.security.some((one) => Object.keys(one).length === 0)) continue
    const block = blockOf(page, path)
    assert.equal(await execute(block), '200', `GET ${path} with the examples filled in`)
    await block.locator('.opblock-summary').click()
  }

  const block = blockOf(page, '/v1/events/{event}/programme')
  await block.locator('.opblock-summary').click()
  await block.locator('tr[data-param-name="event"] input').fill(WEBINAR)
  assert.equal(await execute(block), '200')
  const live = block.locator('.live-responses-table tr.response')
  const body = JSON.parse(await live.locator('.highlight-code code').first().textContent())
  assert.equal(body.sessions.length, 8)
  assert.equal(body.event.slug, WEBINAR)
  const asked = seen.requests.filter((url) => new URL(url).pathname === `/v1/events/${WEBINAR}/programme`)
  assert.ok(asked.length > 0, 'the page asks this server, wherever production is')
  await live.scrollIntoViewIfNeeded()
  await picture(page, 'try-it-out')
  nothingToComplainOf(seen)
  await page.close()
})

test('a problem is explained in the language of the browser', async () => {
  const { page, seen } = await observed()
  const answer = await page.goto(`${BASE}/problems/event-full`)
  assert.equal(answer.status(), 200)
  assert.equal(answer.headers()['content-language'], 'es')
  assert.equal(await page.locator('html').getAttribute('lang'), 'es')
  const heading = await page.locator('h1').innerText()
  assert.match(heading, /plazas/)
  assert.equal(await page.title(), heading)
  await picture(page, 'problem')
  nothingToComplainOf(seen)
  await page.close()
})
