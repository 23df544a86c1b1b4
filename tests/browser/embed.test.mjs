// `<plenaria-event>` in a page of another origin with a strict content security policy: examples/embedding, with other events.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname } from 'node:path'
import { after, before, test } from 'node:test'
import { brotliCompressSync } from 'node:zlib'
import { NARROW, assertAccessible, assertFits } from './lib/accessibility.mjs'
import { BASE, LANGUAGES, address, availability, call, mailTo, publish, register } from './lib/sandbox.mjs'
import { visit } from './lib/visitor.mjs'

const PAGE = new URL('../../examples/embedding/', import.meta.url)
const TYPES = { '.html': 'text/html', '.css': 'text/css' }
// The most that the script and everything together may weigh, compressed, in bytes.
const MAX_SCRIPT = 15_000
const MAX_ALL = 25_000

let site, base

before(async () => {
  site = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost')
    const name = pathname.slice(1) || 'index.html'
    const text = await readFile(new URL(name, PAGE), 'utf8').catch(() => null)
    response.writeHead(text === null ? 404 : 200, { 'Content-Type': TYPES[extname(name)] ?? 'text/plain' })
    const shown = text?.replaceAll('http://127.0.0.1:8080', BASE).replaceAll('example-conference', searchParams.get('event') ?? 'example-conference')
    response.end(shown?.replace('<html lang="en">', `<html lang="${searchParams.get('lang') ?? 'en'}">`))
  })
  await once(site.listen(0, '127.0.0.1'), 'listening')
  base = `http://127.0.0.1:${site.address().port}`
})

after(() => site?.close())

async function open(event, { language = 'en', ...options } = {}) {
  const visitor = await visit({ base, language, ...options })
  await visitor.open(`/?event=${event}&lang=${language}`)
  return visitor
}

// Nothing is left behind, and nobody else is asked.
async function leave(visitor) {
  const { page, context, errors, requests } = visitor
  assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length + document.cookie.length), 0)
  assert.deepEqual(await context.cookies(), [])
  await context.close()
  assert.deepEqual(errors, [])
  const elsewhere = requests.filter(({ url }) => !url.startsWith('data:') && ![base, BASE].includes(new URL(url).origin))
  assert.deepEqual(elsewhere, [])
  for (const { url, referrer } of requests) {
    assert.ok(!/token|eyJ/i.test(url), url)
    if (url.startsWith(`${BASE}/v1/`) && !url.endsWith('/stream')) assert.ok(!referrer, url)
  }
}

const send = (page) => page.locator('#registration-form > button').click()

async function fillBasics(page, email) {
  await page.fill('#field-name', 'Ana Pérez')
  await page.fill('#field-email', email)
  await page.check('#field-privacy_accepted')
}

for (const language of LANGUAGES) {
  test(`an event is shown in another page, in ${language}`, async () => {
    for (const event of ['example-conference', 'example-questions']) {
      const visitor = await open(event, { language })
      const { page } = visitor
      await visitor.state('open').waitFor()
      assert.equal(await page.locator('plenaria-event article').getAttribute('lang'), language)
      assert.doesNotMatch(await page.locator('plenaria-event article').innerText(), /\{[a-z_]+\}|undefined|\[object/)
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme })
        await assertAccessible(page)
        await visitor.picture(`embed-${event}`)
      }
      await page.setViewportSize(NARROW)
      await assertFits(page)
      await leave(visitor)
    }
  })
}

test('every state has its words', async () => {
  const states = [
    ['few', 'few-seats', true], ['waitlist', 'waitlist', true], ['full', 'full', false], ['not_open', 'not-open', false], ['closed', 'closed', false],
    ['cancelled', 'cancelled', false], ['live', 'live', false], ['ended', 'ended', false],
  ]
  for (const [state, event, takes] of states) {
    const visitor = await open(`example-${event}`)
    await visitor.state(state).waitFor()
    assert.ok((await visitor.state(state).innerText()).length > 10, state)
    assert.equal(await visitor.page.locator('#registration-form').isVisible(), takes, state)
    await assertAccessible(visitor.page)
    await leave(visitor)
  }
})

test('errors are at their fields, and answers of every kind are sent', async () => {
  const visitor = await open('example-questions', { language: 'es' })
  const { page } = visitor
  await visitor.state('open').waitFor()
  await page.fill('#field-email', 'ana')
  await send(page)
  const summary = page.locator('#error-summary')
  await summary.waitFor()
  assert.ok(await summary.evaluate((shown) => shown === shown.getRootNode().activeElement), 'the summary has the focus')
  const faulty = ['name', 'email', 'audience', 'answers.lunch', 'answers.expectations', 'privacy_accepted']
  const targets = await summary.locator('a').evaluateAll((all) => all.map((link) => link.getAttribute('href')))
  assert.deepEqual(targets, faulty.map((name) => `#field-${name}`))
  for (const name of faulty) {
    const control = page.locator(`[id="field-${name}"]`)
    assert.equal(await control.getAttribute('aria-invalid'), 'true', name)
    assert.match(await control.getAttribute('aria-describedby'), new RegExp(`error-${name}`))
    assert.ok((await page.locator(`[id="error-${name}"]`).innerText()).length > 5, name)
  }
  assert.equal(await page.inputValue('#field-email'), 'ana', 'nothing typed is lost')
  await assertAccessible(page)
  await visitor.picture('embed-errors')
  await summary.locator('a').nth(3).click()
  assert.equal(await page.evaluate(() => document.querySelector('plenaria-event').shadowRoot.activeElement.id), 'field-answers.lunch')

  const email = address('ana')
  await fillBasics(page, email)
  await page.selectOption('#field-country', 'ES')
  await page.check('[name=audience][value=research]')
  await page.check('[name="answers.lunch"][value=vegetarian]')
  await page.check('[name="answers.interests"][value=water]')
  await page.check('[name="answers.interests"][value=housing]')
  await page.check('[name="answers.first-time"][value=false]')
  await page.fill('[id="field-answers.expectations"]', 'Ideas')
  const announced = page.evaluate(() => new Promise((resolve) => { addEventListener('plenaria-registered', ({ detail }) => resolve(detail)) }))
  await send(page)
  await visitor.state('registered').waitFor()
  assert.deepEqual(await announced, { status: 'registered' })
  await assertAccessible(page)
  await visitor.picture('embed-registered')
  const { registration_id: id, manage_token: token } = await mailTo(BASE, email, 'registered')
  const made = await call(BASE, 'GET', `/v1/registrations/${id}`, { token })
  assert.deepEqual(made.answers, { 'first-time': false, lunch: 'vegetarian', interests: ['water', 'housing'], expectations: 'Ideas' })
  assert.deepEqual([made.country, made.audience, made.language], ['ES', 'research', 'es'])
  const link = new URL(await page.locator('article a[target=_blank]').getAttribute('href'))
  assert.deepEqual([link.origin, link.pathname, link.search], [BASE, '/registration', ''])
  await leave(visitor)
})

test('the keyboard alone registers', async () => {
  const slug = await publish(BASE)
  const visitor = await open(slug)
  const { page } = visitor
  await visitor.state('open').waitFor()
  const focused = () => page.evaluate(() => {
    const active = document.querySelector('plenaria-event').shadowRoot.activeElement
    return active?.id || active?.tagName
  })
  const reach = async (id) => {
    for (let presses = 0; await focused() !== id; presses += 1) {
      assert.ok(presses < 40, `${id} is reached`)
      await page.keyboard.press('Tab')
    }
  }
  await reach('field-name')
  await page.keyboard.press('Enter')
  await page.locator('#error-summary').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  assert.equal(await focused(), 'field-name')
  await page.keyboard.type('Bilal')
  await reach('field-email')
  await page.keyboard.type(address('bilal'))
  await reach('field-privacy_accepted')
  await page.keyboard.press('Space')
  await reach('BUTTON')
  await page.keyboard.press('Space')
  await visitor.state('registered').waitFor()
  assert.equal(await focused(), 'state')
  await leave(visitor)
})

test('people join the waiting list, confirm their address, or get their link again', async () => {
  const waiting = await open('example-waitlist')
  await waiting.state('waitlist').waitFor()
  await fillBasics(waiting.page, address('chiara'))
  await send(waiting.page)
  await waiting.state('waitlisted').waitFor()
  assert.match(await waiting.state('waitlisted').innerText(), /\d/, 'the place is there')
  await leave(waiting)

  const confirming = await open('example-confirmation', { language: 'fr' })
  await confirming.state('open').waitFor()
  const email = address('dolors')
  await fillBasics(confirming.page, email)
  await send(confirming.page)
  await confirming.state('confirmation_sent').waitFor()
  await mailTo(BASE, email, 'confirm_address')
  await leave(confirming)

  const slug = await publish(BASE)
  const { email: registered } = await register(BASE, slug)
  const again = await open(slug, { language: 'ca' })
  await again.state('open').waitFor()
  await fillBasics(again.page, registered)
  await send(again.page)
  await again.state('already_registered').waitFor()
  await assertAccessible(again.page)
  await again.page.locator('#error-summary button').click()
  await again.page.locator('#error-summary', { hasText: registered }).locator('button').waitFor({ state: 'detached' })
  await mailTo(BASE, registered, 'manage_link')
  await leave(again)
})

test('a registration whose response is lost happens once', async () => {
  const slug = await publish(BASE)
  const visitor = await open(slug)
  const { page } = visitor
  await visitor.state('open').waitFor()
  const keys = []
  await page.route('**/registrations', async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    keys.push(await route.request().headerValue('Idempotency-Key'))
    // Each attempt but the last reaches the server, and its response does not come back.
    if (keys.length < 5) return route.fetch().then(() => route.fulfill({ status: 502, body: '', headers: { 'Access-Control-Allow-Origin': '*' } }))
    return route.continue()
  })
  await fillBasics(page, address('emeka'))
  await page.locator('#registration-form > button').evaluate((button) => {
    button.click()
    button.click()
  })
  await page.locator('#error-summary').waitFor()
  assert.equal(keys.length, 3, 'one press of the button tries three times')
  assert.equal(await page.inputValue('#field-name'), 'Ana Pérez')
  await send(page)
  await visitor.state('registered').waitFor()
  assert.deepEqual([keys.length, new Set(keys).size], [5, 1])
  assert.equal((await availability(BASE, slug)).confirmed, 1)
  // What the test does to the responses is no error of the element.
  visitor.errors.splice(0)
  await leave(visitor)
})

test('without scripts, and where there is no event, a link is there', async () => {
  const plain = await open('example-open', { script: false })
  await plain.page.getByRole('link', { name: 'The programme, and registration' }).waitFor()
  await plain.context.close()
  const visitor = await open('nothing')
  await visitor.page.locator('plenaria-event').getByRole('alert').waitFor()
  assert.ok(await visitor.page.getByRole('link', { name: 'The programme, and registration' }).isVisible())
  await leave(visitor)
})

test('seats move, and the page decides about language, headings and colours', async () => {
  const slug = await publish(BASE, { registration: { capacity: 50, waitlist: true } })
  const visitor = await open(slug)
  const { page } = visitor
  await page.locator('#state', { hasText: '50' }).waitFor()
  await register(BASE, slug)
  await page.locator('#state', { hasText: '49' }).waitFor()
  assert.equal(await page.locator('plenaria-event h2').first().innerText(), 'A test')
  await page.locator('plenaria-event').evaluate((element) => {
    element.setAttribute('lang', 'es')
    element.setAttribute('heading-level', '3')
    element.style.setProperty('--plenaria-accent', 'rgb(1, 2, 3)')
  })
  await page.locator('plenaria-event h3', { hasText: 'Una prueba' }).waitFor()
  const button = page.locator('#registration-form > button')
  await button.waitFor()
  assert.equal(await button.evaluate((shown) => getComputedStyle(shown).backgroundColor), 'rgb(1, 2, 3)')
  await leave(visitor)
})

test('the files are small, cached and open to other origins', async () => {
  const script = await fetch(`${BASE}/embed.js`)
  assert.equal(script.headers.get('Access-Control-Allow-Origin'), '*')
  assert.equal(script.headers.get('Cache-Control'), 'public, max-age=300')
  const names = [...(await script.text()).matchAll(/'\.\/(.*)'/g)].map(([, name]) => name)
  assert.ok(names.length > 5)
  const folder = names[0].slice(0, names[0].lastIndexOf('/') + 1)
  const size = async (name) => {
    const response = await fetch(`${BASE}/${name}`)
    assert.equal(response.status, 200, name)
    assert.equal(response.headers.get('Access-Control-Allow-Origin'), '*', name)
    assert.match(response.headers.get('Cache-Control'), /immutable/, name)
    return brotliCompressSync(await response.text()).length
  }
  const sum = (sizes) => sizes.reduce((all, one) => all + one, 0)
  const scripts = sum(await Promise.all(names.map(size)))
  const others = sum(await Promise.all(['style.css', 'words-fr.json'].map((name) => size(folder + name))))
  console.log(`the embedded event: ${scripts} bytes of script, ${others} of style and words, compressed`)
  assert.ok(scripts < MAX_SCRIPT, `${scripts} bytes of script`)
  assert.ok(scripts + others < MAX_ALL, `${scripts + others} bytes`)
})
