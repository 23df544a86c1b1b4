// The HTML pages in Chromium: the documentation and the explanations of problems. Run by scripts/browser, which starts the
// server. Nothing may be loaded from another host, and the browser may report no errors.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'

const { BASE, CHROMIUM, SCREENSHOTS } = process.env
const WEBINAR = 'internationalisation-and-metropolitan-spaces-en'
const OVER = 'internationalisation-and-metropolitan-spaces-es'
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

// Opens a page that records its requests and errors.
async function openObservedPage() {
  const page = await context.newPage()
  const recorded = { requests: [], errors: [] }
  const addError = (kind, text) => recorded.errors.push(`${kind}: ${text}`)
  // Runs before any script of the page: logs violations of the Content-Security-Policy.
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (e) => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI}`))
  })
  page.on('console', (message) => {
    if (['error', 'warning', 'assert'].includes(message.type())) addError(message.type(), message.text())
  })
  page.on('pageerror', (error) => addError('exception', error.message))
  page.on('requestfailed', (request) => addError('failed', `${request.url()} ${request.failure()?.errorText}`))
  page.on('request', (request) => recorded.requests.push(request.url()))
  page.on('response', (response) => {
    if (response.status() >= 400) addError('response', `${response.status()} ${response.url()}`)
  })
  return { page, recorded }
}

function assertNoErrors({ requests, errors }) {
  assert.deepEqual(errors, [])
  assert.ok(requests.length > 0)
  const elsewhere = requests.filter((url) => !url.startsWith('data:') && new URL(url).origin !== new URL(BASE).origin)
  assert.deepEqual(elsewhere, [], 'no request leaves the host')
}

const blockOf = (page, path) =>
  page.locator('.opblock-get', { has: page.locator(`[data-path="${path}"]`) })

// Executes an operation, opening it first if necessary, and returns the response's status.
async function execute(block) {
  if (!await block.locator('button.execute').count()) await block.locator('.opblock-summary').click()
  await block.locator('button.execute').click()
  const status = block.locator('.live-responses-table tr.response .response-col_status')
  await status.waitFor()
  await block.locator('.loading-container').waitFor({ state: 'detached' })
  return (await status.innerText()).trim().split(/\s/)[0]
}

async function screenshot(page, name) {
  if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
}

test('the documentation lists every operation, and tries one out', async () => {
  const { page, recorded } = await openObservedPage()
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
  await screenshot(page, 'docs')

  // With the examples that the page fills in, every operation succeeds.
  for (const [path, { get }] of Object.entries(document.paths)) {
    if (!get?.security.some((one) => Object.keys(one).length === 0)) continue
    const block = blockOf(page, path)
    // A page shows a response once it is complete, and the stream of an event that is not over goes on.
    if (get.responses[200].content?.['text/event-stream']) {
      await block.locator('.opblock-summary').click()
      await block.locator('tr[data-param-name="event"] input').fill(OVER)
    }
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
  const programmeRequests = recorded.requests.filter((url) => new URL(url).pathname === `/v1/events/${WEBINAR}/programme`)
  assert.ok(programmeRequests.length > 0, 'the page sends requests to this server, not to production')
  await live.scrollIntoViewIfNeeded()
  await screenshot(page, 'try-it-out')
  assertNoErrors(recorded)
  await page.close()
})

test('a problem is explained in the language of the browser', async () => {
  const { page, recorded } = await openObservedPage()
  const response = await page.goto(`${BASE}/problems/event-full`)
  assert.equal(response.status(), 200)
  assert.equal(response.headers()['content-language'], 'es')
  assert.equal(await page.locator('html').getAttribute('lang'), 'es')
  const heading = await page.locator('h1').innerText()
  assert.match(heading, /plazas/)
  assert.equal(await page.title(), heading)
  await screenshot(page, 'problem')
  assertNoErrors(recorded)
  await page.close()
})
