// Every page in every state, in four languages: axe finds nothing in light and dark, nothing is wider than 320 px, the words
// are those of the language. Pictures of all of them are saved.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertWords, look } from '../lib/accessibility.mjs'
import { basics, fill, send } from '../lib/person.mjs'
import { address, LANGUAGES } from '../lib/sandbox.mjs'
import { PHONE, visit } from '../lib/visitor.mjs'

// The states of the sandbox's events, each with whether the form is there.
const STATES = [
  ['open', 'example-open', true], ['few', 'example-few-seats', true], ['waitlist', 'example-waitlist', true],
  ['full', 'example-full', false], ['not_open', 'example-not-open', false], ['closed', 'example-closed', false],
  ['cancelled', 'example-cancelled', false], ['live', 'example-live', false], ['ended', 'example-ended', false],
]
const OTHER_EVENTS = [
  'example-confirmation', 'example-questions', 'example-conference',
  'internationalisation-and-metropolitan-spaces-en', 'internationalisation-and-metropolitan-spaces-es',
]
const PAGES = [['list', '/'], ['registration-link', '/registration'], ['confirm-link', '/confirm']]

for (const language of LANGUAGES) {
  for (const [state, slug, takes] of STATES) {
    test(`${state}, ${language}`, async () => {
      const visitor = await visit({ language, width: PHONE })
      await visitor.open(`/events/${slug}`)
      await visitor.state(state).waitFor()
      assert.equal(await visitor.page.locator('#registration-form').count(), takes ? 1 : 0)
      assert.ok((await visitor.state(state).innerText()).trim().length > 5, 'the state has words')
      await look(visitor, `state-${state}`)
      await visitor.leave()
    })
  }

  for (const [name, path] of [...OTHER_EVENTS.map((slug) => [`event-${slug}`, `/events/${slug}`]), ...PAGES]) {
    test(`${path}, ${language}`, async () => {
      const visitor = await visit({ language, width: PHONE })
      assert.equal((await visitor.open(path)).status(), 200)
      await look(visitor, name, { words: !path.includes('internationalisation') })
      await visitor.leave()
    })
  }

  test(`a page that does not exist, ${language}`, async () => {
    const visitor = await visit({ language, width: PHONE })
    for (const path of ['/events/nothing-here', '/nothing-here']) {
      assert.equal((await visitor.open(path)).status(), 404)
      await look(visitor, 'not-found')
    }
    await visitor.leave()
  })
}

test('what the state says is also said to search engines and people who share', async () => {
  const visitor = await visit()
  const { page } = visitor
  for (const [state, slug] of STATES) {
    await visitor.open(`/events/${slug}`)
    const data = JSON.parse(await page.locator('script[type="application/ld+json"]').textContent())
    assert.equal(data['@type'], 'Event', slug)
    assert.equal(data.name, await page.locator('h1').innerText(), slug)
    const status = state === 'cancelled' ? 'EventCancelled' : 'EventScheduled'
    assert.match(data.eventStatus, new RegExp(`${status}$`), slug)
    assert.match(await page.locator('link[rel=canonical]').getAttribute('href'), new RegExp(`/events/${slug}(\\?lang=\\w+)?$`))
    assert.ok(await page.locator('link[rel=alternate][hreflang=ca]').count() === 1, slug)
    assert.ok((await page.locator('meta[property="og:title"]').getAttribute('content')).length > 5, slug)
  }
  await visitor.leave()
})

test('the language is changed by a link, and stays', async () => {
  const visitor = await visit({ language: 'es' })
  const { page } = visitor
  await visitor.open('/events/example-open')
  const spanish = await page.locator('h1').innerText()
  await page.locator('nav#languages a[hreflang=fr], nav#languages a[lang=fr]').first().click()
  await page.locator('html[lang=fr]').waitFor()
  assert.notEqual(await page.locator('h1').innerText(), spanish)
  await page.locator('header a').first().click()
  await page.locator('#events').waitFor()
  assert.equal(await page.locator('html').getAttribute('lang'), 'fr')
  await page.locator('#events a[href*="/events/example-open"]').first().click()
  await fill(page, { email: 'nobody' })
  await send(page)
  await page.locator('#error-summary').waitFor()
  await assertWords(page, 'fr')
  await fill(page, basics(address('french')))
  await send(page)
  await visitor.state('registered').waitFor()
  await assertWords(page, 'fr')
  await visitor.button('/registration').click()
  await visitor.registration('confirmed').waitFor()
  await assertWords(page, 'fr')
  await visitor.leave()
})
