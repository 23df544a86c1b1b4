// The form is sent once however often it is pressed and whatever becomes of the connection, and says what happened.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertWords, look } from '../lib/accessibility.mjs'
import { basics, field, fill, send } from '../lib/person.mjs'
import { address, availability, ENGINES, LANGUAGES, mailTo, publish, register } from '../lib/sandbox.mjs'
import { PHONE, visit } from '../lib/visitor.mjs'

const SEATS = { registration: { capacity: 10, waitlist: false } }
const isPost = (request) => request.method() === 'POST'

async function openForm(slug, options) {
  const visitor = await visit(options)
  await visitor.open(`/events/${slug}`)
  await visitor.page.locator('#registration-form').waitFor()
  return visitor
}

for (const { name, base } of ENGINES) {
  test(`two presses are one registration, ${name}`, async () => {
    const slug = await publish(base, SEATS)
    const visitor = await openForm(slug, { base })
    const { page } = visitor
    await page.route('**/events/*', async (route) => {
      if (isPost(route.request())) await new Promise((resolve) => { setTimeout(resolve, 500) })
      return route.continue()
    })
    await fill(page, basics(address('twice')))
    const button = page.locator('#registration-form button')
    await button.dblclick()
    await button.press('Enter').catch(() => {})
    await visitor.state('registered').waitFor()
    assert.equal(visitor.requests.filter(({ method }) => method === 'POST').length, 1)
    assert.equal((await availability(base, slug)).confirmed, 1)
    await visitor.leave()
  })

  test(`without script a second press says that one is registered, ${name}`, async () => {
    const slug = await publish(base, SEATS)
    const visitor = await openForm(slug, { base, script: false })
    const { page } = visitor
    const email = address('again')
    await fill(page, basics(email))
    await send(page)
    await visitor.state('registered').waitFor()
    await page.goBack()
    await page.locator('#registration-form').waitFor()
    await fill(page, basics(email))
    await send(page)
    await visitor.state('already_registered').waitFor()
    await sendLinkAgain(visitor, slug)
    await mailTo(base, email, 'manage_link')
    assert.equal((await availability(base, slug)).confirmed, 1)
    await visitor.leave()
  })
}

async function sendLinkAgain(visitor, slug) {
  const { page } = visitor
  await page.locator(`form[action^="/events/${slug}/link"] button`).click()
  await visitor.state('link_sent').waitFor()
}

test('a failed connection keeps the form and its key', async () => {
  const slug = await publish(ENGINES[0].base, SEATS)
  const visitor = await openForm(slug)
  const { page } = visitor
  const attempts = ['abort', 502, 'lost']
  const keys = []
  await page.route(`**/events/${slug}*`, async (route) => {
    if (!isPost(route.request())) return route.continue()
    keys.push(new URLSearchParams(route.request().postData()).get('idempotency_key'))
    const attempt = attempts.shift()
    if (attempt === 'abort') return route.abort('connectionfailed')
    if (attempt === 502) return route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' })
    if (attempt === 'lost') {
      // The server registers the person, and the response does not arrive.
      await route.fetch()
      return route.abort('connectionreset')
    }
    return route.continue()
  })
  const email = address('far')
  await fill(page, basics(email))
  for (const sent of [1, 2, 3]) {
    await send(page)
    const failure = page.locator('#registration-form [data-failure-text]')
    await failure.waitFor()
    assert.ok((await failure.innerText()).length > 10, 'the page says that it failed')
    assert.ok(await failure.evaluate((shown) => shown === document.activeElement || shown.role === 'alert'), 'the message is announced')
    assert.equal(keys.length, sent)
    assert.equal(await field(page, 'email').inputValue(), email)
  }
  await send(page)
  await visitor.state('registered').waitFor()
  assert.equal(keys.length, 4)
  assert.ok(keys[0] && new Set(keys).size === 1, `one key: ${keys}`)
  assert.equal((await availability(ENGINES[0].base, slug)).confirmed, 1)
  visitor.errors = visitor.errors.filter((error) => !/ERR_CONNECTION|ERR_FAILED|502/.test(error))
  await visitor.leave()
})

test('a server that is busy keeps the form and its key', async () => {
  const [{ base }] = ENGINES
  const slug = await publish(base, SEATS)
  const visitor = await openForm(slug)
  const { page } = visitor
  // The server's own page of an error, with the status of an address that asks too often, and of an overload.
  const error = await (await fetch(`${base}/nowhere`, { headers: { accept: 'text/html' } })).text()
  const attempts = [429, 503]
  const keys = []
  await page.route(`**/events/${slug}*`, (route) => {
    if (!isPost(route.request())) return route.continue()
    keys.push(new URLSearchParams(route.request().postData()).get('idempotency_key'))
    const status = attempts.shift()
    return status ? route.fulfill({ status, contentType: 'text/html; charset=utf-8', body: error }) : route.continue()
  })
  const email = address('patient')
  await fill(page, basics(email))
  for (const sent of [1, 2]) {
    await send(page)
    const failure = page.locator('#registration-form [data-failure-text]')
    await failure.waitFor()
    assert.ok(error.includes(await failure.innerText()), 'the server says why')
    assert.equal(keys.length, sent)
    assert.equal(await field(page, 'email').inputValue(), email)
  }
  await send(page)
  await visitor.state('registered').waitFor()
  assert.ok(keys[0] && new Set(keys).size === 1, `one key: ${keys}`)
  visitor.errors = visitor.errors.filter((found) => !found.includes('503'))
  await visitor.leave()
})

test('what changed after a refusal has another key', async () => {
  const slug = await publish(ENGINES[0].base, SEATS)
  const visitor = await openForm(slug)
  const { page } = visitor
  await fill(page, { email: address('changed') })
  await send(page)
  await page.locator('#error-summary').waitFor()
  await fill(page, basics(address('changed')))
  await send(page)
  await visitor.state('registered').waitFor()
  const keys = visitor.requests.filter(({ body }) => body).map(({ body }) => new URLSearchParams(body).get('idempotency_key'))
  assert.equal(new Set(keys).size, 2)
  await visitor.leave()
})

// What became of the form, in all languages: each with the events that it needs.
const OUTCOMES = {
  registered: { definition: SEATS },
  waitlisted: { definition: { registration: { capacity: 1, waitlist: true } }, others: 1 },
  confirmation_sent: { definition: { registration: { email_confirmation: true } } },
  already_registered: { definition: SEATS, twice: true },
  // The last seat was taken while the form was filled in.
  full: { definition: { registration: { capacity: 1, waitlist: false } }, meanwhile: 1 },
}

for (const [state, { definition, others = 0, meanwhile = 0, twice = false }] of Object.entries(OUTCOMES)) {
  for (const language of LANGUAGES) {
    test(`the form ends in ${state}, ${language}`, async () => {
      const { base } = ENGINES[0]
      const slug = await publish(base, definition)
      const email = address('person')
      for (let index = 0; index < others; index += 1) await register(base, slug)
      const visitor = await visit({ language, width: PHONE })
      // 204 ends the stream of live seats, which would show that the last seat was taken before the form is sent.
      if (meanwhile) await visitor.page.route('**/availability/stream*', (route) => route.fulfill({ status: 204 }))
      await visitor.open(`/events/${slug}`)
      if (twice) await register(base, slug, email)
      for (let index = 0; index < meanwhile; index += 1) await register(base, slug)
      const { page } = visitor
      await fill(page, basics(email))
      await send(page)
      await visitor.state(state).waitFor()
      if (visitor.script) assert.ok(await page.evaluate(() => document.activeElement.matches('h1, h2, #state, #error-summary, [tabindex]')), 'the focus moved')
      await look(visitor, `outcome-${state}`)
      if (twice) {
        await sendLinkAgain(visitor, slug)
        await assertWords(page, language)
        await mailTo(base, email, 'manage_link')
        await look(visitor, 'link-sent')
      }
      await visitor.leave()
    })
  }
}

test('what was entered stays when the language is switched', async () => {
  const slug = await publish(ENGINES[0].base, SEATS)
  const visitor = await openForm(slug, { language: 'es' })
  const { page } = visitor
  const email = address('polyglot')
  await fill(page, { ...basics(email), city: 'Badalona', country: 'ES', newsletter: true })
  const change = async (language) => {
    await page.locator(`nav#languages a[hreflang=${language}]`).click()
    await page.locator(`html[lang=${language}]`).waitFor()
    assert.match(page.url(), new RegExp(`lang=${language}$`))
    assert.match(await page.locator('a.home').getAttribute('href'), new RegExp(`lang=${language}$`))
    for (const [name, value] of [['email', email], ['city', 'Badalona'], ['country', 'ES']]) {
      assert.equal(await field(page, name).inputValue(), value)
    }
    for (const name of ['newsletter', 'privacy_accepted']) assert.ok(await field(page, name).isChecked(), name)
  }
  await change('ca')
  assert.equal(await field(page, 'language').inputValue(), 'ca', 'messages have the language of the page')
  await fill(page, { language: 'fr' })
  await change('en')
  assert.equal(await field(page, 'language').inputValue(), 'fr', 'until another one is chosen')
  await send(page)
  await visitor.state('registered').waitFor()
  await mailTo(ENGINES[0].base, email, 'registered')
  await page.waitForFunction(() => document.querySelector('#live').textContent === '')
  await visitor.leave()
})

test('seats are live', async () => {
  const { base } = ENGINES[0]
  const slug = await publish(base, { registration: { capacity: 3, waitlist: true } })
  const visitor = await openForm(slug)
  const { page } = visitor
  const before = await page.locator('#state').innerText()
  await register(base, slug)
  await page.waitForFunction((text) => document.querySelector('#state').innerText !== text, before)
  await register(base, slug)
  await register(base, slug)
  await visitor.state('waitlist').waitFor()
  await visitor.leave()
})
