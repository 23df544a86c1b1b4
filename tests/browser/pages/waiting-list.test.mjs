// From the waiting list to the meeting: the place moves by itself, a seat comes free, and the button to join appears in time.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertWords, look } from '../lib/accessibility.mjs'
import { basics, fill, send } from '../lib/person.mjs'
import { address, call, cancel, ENGINES, LANGUAGES, mailTo, organiserToken, publish, register, wallClock } from '../lib/sandbox.mjs'
import { PHONE, visit } from '../lib/visitor.mjs'

const MEETING = 'https://video.example.org/meeting'

// Registers at the event's page and opens the registration's page from the mail.
async function wait(visitor, slug, email) {
  const { page } = visitor
  await visitor.open(`/events/${slug}`)
  await fill(page, basics(email))
  await send(page)
  await visitor.state('waitlisted').waitFor()
  const mail = await mailTo(visitor.base, email, 'waitlisted')
  await visitor.follow(mail.links.manage)
  await visitor.registration('waitlisted').waitFor()
  return mail
}

const position = (page, place) => page.locator('#waitlist-position', { hasText: new RegExp(`(^|\\D)${place}(\\D|$)`) })

// The page reads a registration at most every 15 s, so the tests wait together.
describe('the waiting list', { concurrency: 8 }, () => {
  for (const { name, base } of ENGINES) {
    for (const language of LANGUAGES) {
      test(`waiting, promoted, joining: ${name}, ${language}`, async () => {
        const slug = await publish(base, {
          starts: wallClock(45 * 60), join: { url: MEETING, minutes_before: 60 }, registration: { capacity: 1, waitlist: true },
        })
        const seated = await register(base, slug)
        const first = await register(base, slug)
        const visitor = await visit({ base, language, width: PHONE })
        const { page } = visitor
        const email = address('waiting')
        await wait(visitor, slug, email)
        await position(page, 2).waitFor()
        assert.equal(await page.locator('#join').count(), 0)
        await visitor.picture('waiting-1')
        await cancel(base, first)
        // It moves by itself.
        await position(page, 1).waitFor({ timeout: 30_000 })
        await assertWords(page, language)
        await cancel(base, seated)
        await visitor.registration('confirmed').waitFor({ timeout: 30_000 })
        const promoted = await mailTo(base, email, 'promoted')
        await visitor.follow(promoted.links.manage)
        await visitor.registration('confirmed').waitFor()
        assert.equal(await page.locator('#join').getAttribute('href'), MEETING)
        await look(visitor, 'waiting-2-promoted')
        await visitor.leave()
      })
    }

    test(`without script the waiting list and the meeting are a reload away, ${name}`, async () => {
      const slug = await publish(base, {
        starts: wallClock(45 * 60), join: { url: MEETING, minutes_before: 60 }, registration: { capacity: 1, waitlist: true },
      })
      const seated = await register(base, slug)
      const visitor = await visit({ base, script: false })
      const mail = await wait(visitor, slug, address('patient'))
      await position(visitor.page, 1).waitFor()
      await cancel(base, seated)
      await visitor.follow(mail.links.manage)
      await visitor.registration('confirmed').waitFor()
      assert.equal(await visitor.page.locator('#join').getAttribute('href'), MEETING)
      await visitor.leave()
    })
  }

  test('the button to join appears by itself when it is time', async () => {
    const [{ base }] = ENGINES
    const slug = await publish(base, { starts: wallClock(60 * 60 + 8), join: { url: MEETING, minutes_before: 60 } })
    const email = address('early')
    await register(base, slug, email)
    const visitor = await visit()
    const { page } = visitor
    await visitor.follow((await mailTo(base, email, 'registered')).links.manage)
    await visitor.registration('confirmed').waitFor()
    const wasEarly = await page.locator('#join').count() === 0
    await page.locator('#join').waitFor({ timeout: 25_000 })
    assert.ok(wasEarly, 'it was not there before')
    assert.equal(await page.locator('#join').getAttribute('href'), MEETING)
    await visitor.leave()
  })

  test('the page of a registration says that the event was cancelled, and why', async () => {
    const [{ base }] = ENGINES
    for (const language of LANGUAGES) {
      const slug = await publish(base)
      const email = address('cancelled')
      await register(base, slug, email)
      const { links } = await mailTo(base, email, 'registered')
      const reason = { en: 'Flooded', es: 'Inundado', fr: 'Inondée', ca: 'Inundat' }
      await call(base, 'POST', `/v1/events/${slug}/cancel`, { body: { reason }, token: await organiserToken(base) })
      const visitor = await visit({ language, width: PHONE })
      // The link says the language of the registration; the page offers the others.
      await visitor.follow(links.manage.replace(/lang=\w+/, `lang=${language}`))
      await visitor.page.locator('#registration', { hasText: reason[language] }).waitFor()
      await look(visitor, 'registration-event-cancelled')
      await visitor.leave()
    }
  })
})
