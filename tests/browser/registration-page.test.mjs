// The example of a registration page (examples/registration-page) in Chromium, against a sandbox that this test starts. The
// page is served from an origin of its own, as a front end is. Accessibility is checked with axe.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'

const { PROGRAM, CHROMIUM, SCREENSHOTS } = process.env
const PAGE = new URL('../../examples/registration-page/', import.meta.url)
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let directory, files, sandbox, api, site, browser, context

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plenaria-page-'))
  files = createServer(async (request, response) => {
    const path = new URL(request.url, site).pathname.slice(1) || 'index.html'
    const body = path === 'config.js' ? `export const API = '${api}'` : await readFile(new URL(path, PAGE)).catch(() => null)
    response.writeHead(body === null ? 404 : 200, { 'Content-Type': TYPES[extname(path)] ?? 'text/plain' }).end(body)
  })
  await once(files.listen(0, '127.0.0.1'), 'listening')
  site = `http://127.0.0.1:${files.address().port}`
  sandbox = spawn(PROGRAM, ['--sandbox', `--manage-url=${site}/manage.html`, '--rate-limits=off', '--log=warn'], {
    env: { PLENARIA_LISTEN: '127.0.0.1:0', PLENARIA_DATA_DIR: directory },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface({ input: sandbox.stdout }), 'line')
  api = line.replace('listening on ', '')
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] })
  context = await browser.newContext({ locale: 'es', viewport: { width: 390, height: 844 } })
})

after(async () => {
  await browser?.close()
  files?.close()
  if (sandbox?.exitCode === null) {
    sandbox.kill()
    await once(sandbox, 'exit')
  }
  if (directory) await rm(directory, { recursive: true, force: true })
})

// Opens a page that records exceptions and violations of its content security policy.
async function open(path) {
  const page = await context.newPage()
  const errors = []
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (e) => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI}`))
  })
  page.on('pageerror', (error) => errors.push(error.message))
  // Chromium reports responses like 404, 409 and 422 as errors too.
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text())
  })
  page.on('dialog', (dialog) => dialog.accept())
  await page.goto(`${site}/${path}`)
  return { page, errors }
}

async function assertAccessible(page) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => globalThis.axe.run(document))
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`), [])
}

async function screenshot(page, name) {
  if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true })
}

async function fillPerson(page, email) {
  await page.fill('#name', 'Ana Pérez')
  await page.fill('#email', email)
  await page.check('#privacy_accepted')
}

// The newest message to an address, once it is there.
async function mailTo(address, kind) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const { data } = await (await fetch(`${api}/sandbox/mail?to=${address}`)).json()
    const found = data.find((mail) => mail.kind === kind)
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`no ${kind} to ${address}`)
}

test('errors are next to their fields, and the corrected form registers', async () => {
  const { page, errors } = await open('?event=example-questions')
  await page.locator('form button').waitFor()
  assert.equal(await page.locator('html').getAttribute('lang'), 'es')
  await assertAccessible(page)
  await screenshot(page, 'registration-form')
  await page.fill('#email', 'ana')
  await page.locator('form button').click()
  const summary = page.locator('.summary')
  await summary.waitFor()
  assert.ok(await summary.evaluate((shown) => shown === document.activeElement), 'the summary has the focus')
  const faulty = await page.locator('[aria-invalid]').evaluateAll((all) => all.map((control) => control.id))
  assert.deepEqual(faulty.sort(), ['answers/expectations', 'answers/lunch', 'audience', 'email', 'name', 'privacy_accepted'])
  assert.equal(await summary.locator('li').count(), faulty.length)
  for (const id of faulty) {
    const described = await page.locator(`[id="${id}"]`).getAttribute('aria-describedby')
    const message = page.locator(`[id="${described}"]`)
    assert.ok(await message.isVisible() && (await message.innerText()).length > 5, id)
  }
  await assertAccessible(page)
  await screenshot(page, 'registration-errors')
  await page.setViewportSize({ width: 1280, height: 900 })
  await screenshot(page, 'registration-errors-wide')
  await page.setViewportSize({ width: 390, height: 844 })
  await page.emulateMedia({ colorScheme: 'dark' })
  await assertAccessible(page)
  await screenshot(page, 'registration-errors-dark')
  await summary.locator('a', { hasText: 'almuerzo' }).click()
  assert.equal(await page.evaluate(() => document.activeElement.id), 'answers/lunch')

  await fillPerson(page, 'ana@example.org')
  await page.selectOption('#country', 'ES')
  await page.selectOption('#audience', 'research')
  await page.selectOption('[id="answers/lunch"]', 'vegetarian')
  await page.check('[value=water]')
  await page.check('[value=housing]')
  await page.check('[name="answers/first-time"][value=false]')
  await page.fill('[id="answers/expectations"]', 'Ideas')
  await page.locator('form button').click()
  await page.locator('.result').waitFor()
  assert.match(await page.locator('.result').innerText(), /Tiene una plaza/)
  const { registration_id: id, manage_token: token } = await mailTo('ana@example.org', 'registered')
  const made = await (await fetch(`${api}/v1/registrations/${id}`, { headers: { Authorization: `Bearer ${token}` } })).json()
  assert.deepEqual(made.answers, { 'first-time': false, lunch: 'vegetarian', interests: ['water', 'housing'], expectations: 'Ideas' })
  assert.deepEqual([made.country, made.audience, made.language], ['ES', 'research', 'es'])
  assert.deepEqual(errors, [])
  await page.close()
})

test('the registration is changed, cancelled and erased from the link in the mail', async () => {
  const { page, errors } = await open('?event=example-open')
  await page.locator('form button').waitFor()
  await fillPerson(page, 'bilal@example.org')
  await page.locator('form button').click()
  await page.locator('.result').waitFor()
  const mail = await mailTo('bilal@example.org', 'registered')
  await page.goto('about:blank')
  await page.goto(mail.links.manage)
  await page.locator('form.change').waitFor()
  assert.equal(await page.evaluate(() => location.hash), '', 'the token is not in the address bar')
  await assertAccessible(page)
  await screenshot(page, 'registration-manage')
  await page.fill('#city', 'https://example.org')
  await page.locator('form.change button').click()
  await page.locator('#city[aria-invalid]').waitFor()
  await page.fill('#city', 'Badalona')
  await page.locator('form.change button').click()
  await page.getByText('Guardado.').waitFor()
  await page.locator('button.join').click()
  await page.locator('.summary', { hasNotText: 'Guardado.' }).waitFor()
  await page.fill('#reason', 'Tengo otra cita')
  await page.locator('form.cancel button').click()
  await page.getByText('Su inscripción está cancelada.').waitFor()
  const registration = `${api}/v1/registrations/${mail.registration_id}`
  const headers = { Authorization: `Bearer ${mail.manage_token}` }
  const cancelled = await (await fetch(registration, { headers })).json()
  assert.deepEqual([cancelled.city, cancelled.status, cancelled.cancellation_reason], ['Badalona', 'cancelled', 'Tengo otra cita'])
  await page.locator('button.erase').click()
  await page.getByText('Sus datos se han borrado.').waitFor()
  assert.equal((await fetch(registration, { headers })).status, 404)
  assert.deepEqual(errors, [])
  await page.close()
})

test('the link is sent again to people who are registered already, or whose link has expired', async () => {
  const { page, errors } = await open('?event=example-open&lang=en')
  await page.locator('form button').waitFor()
  await fillPerson(page, 'ana.open@example.org')
  await page.locator('form button').click()
  await page.getByRole('button', { name: 'Send me the link again' }).click()
  await page.getByText('a mail with the link is on its way').waitFor()
  await mailTo('ana.open@example.org', 'manage_link')
  const { id } = await (await fetch(`${api}/v1/events/example-live`)).json()
  await page.goto(`${site}/manage.html#registration=${id}&token=expired&lang=en`)
  await page.locator('form.resend').waitFor()
  await assertAccessible(page)
  await page.selectOption('#event', 'example-live')
  await page.fill('#email', 'ana.live@example.org')
  await page.getByRole('button', { name: 'Send me the link again' }).click()
  await page.getByText('a mail with the link is on its way').waitFor()
  await mailTo('ana.live@example.org', 'manage_link')
  assert.deepEqual(errors, [])
  await page.close()
})

test('a request that a proxy failed keeps its key until it is settled', async () => {
  const { page, errors } = await open('?event=example-open&lang=en')
  await page.locator('form button').waitFor()
  const keys = []
  await page.route('**/registrations', async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    keys.push(await route.request().headerValue('Idempotency-Key'))
    if (keys.length > 1) return route.continue()
    return route.fulfill({ status: 502, body: '<h1>Bad gateway</h1>', headers: { 'Access-Control-Allow-Origin': '*' } })
  })
  await fillPerson(page, 'farid@example.org')
  await page.locator('form button').click()
  await page.locator('.result').waitFor()
  assert.deepEqual([keys.length, new Set(keys).size], [2, 1])
  assert.deepEqual(errors, [])
  await page.close()
})

test('an address is confirmed by a button', async () => {
  const { page, errors } = await open('?event=example-confirmation&lang=fr')
  await page.locator('form button').waitFor()
  await fillPerson(page, 'chiara@example.org')
  await page.locator('form button').click()
  await page.getByText('Suivez le lien').waitFor()
  const mail = await mailTo('chiara@example.org', 'confirm_address')
  await page.goto('about:blank')
  await page.goto(mail.links.confirm)
  await page.getByRole('button', { name: 'Confirmer mon adresse' }).click()
  await page.getByText('Vous avez une place.').waitFor()
  assert.deepEqual(errors, [])
  await page.close()
})

test('seats are live, and each state is shown', async () => {
  const { page, errors } = await open('?event=example-few-seats&lang=en')
  await page.getByText('3 seats left').waitFor()
  const body = JSON.stringify({ email: 'dolors@example.org', name: 'Dolors', privacy_accepted: true })
  await fetch(`${api}/v1/events/example-few-seats/registrations`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
  await page.getByText('2 seats left').waitFor({ timeout: 25_000 })
  for (const [event, shown, takes] of [
    ['waitlist', '3 people are on the waiting list', true], ['full', 'Full', false], ['not-open', 'Registration opens on', false],
    ['closed', 'Registration is closed', false], ['live', 'Registration is closed', false], ['ended', 'The event is over', false],
    ['cancelled', 'The event was cancelled', false], ['conference', 'seats left', true],
  ]) {
    await page.goto(`${site}/?event=example-${event}&lang=en`)
    await page.locator('.seats', { hasText: shown }).waitFor()
    assert.equal(await page.locator('form').isVisible(), takes, event)
  }
  await page.goto(`${site}/?event=example-waitlist&lang=en`)
  await fillPerson(page, 'emeka@example.org')
  await page.locator('form button').click()
  await page.getByText('in position 4').waitFor()
  await page.goto(`${site}/?event=nothing&lang=en`)
  await page.getByRole('alert').waitFor()
  await page.goto(`${site}/?lang=en`)
  await page.getByRole('link', { name: 'Example: full' }).waitFor()
  await assertAccessible(page)
  assert.deepEqual(errors, [])
  await page.close()
})
