// The whole journey, from what is on to erasing one's data: in each language, with and without JavaScript, on a phone and on a
// desktop, on both engines. The event asks questions of every kind.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { assertWords } from '../lib/accessibility.mjs'
import { basics, field, fill, PERSON, send } from '../lib/person.mjs'
import { address, call, ENGINES, LANGUAGES, mailTo } from '../lib/sandbox.mjs'
import { DESKTOP, PHONE, visit } from '../lib/visitor.mjs'

const EVENT = 'example-questions'
const QUESTIONS = ['audience', 'answers.lunch', 'answers.expectations']
const ANSWERS = {
  organisation: PERSON.organisation, position: PERSON.position, city: PERSON.city, country: PERSON.country, audience: 'research',
  newsletter: true, access_needs: 'Un lloc prop de la porta', 'answers.lunch': 'vegetarian', 'answers.interests': ['water', 'transport'],
  'answers.first-time': 'true', 'answers.expectations': 'Idees <b>noves</b>\nper a la ciutat',
}

describe('journeys', { concurrency: 2 }, () => {
  for (const { name: engine, base } of ENGINES) {
    for (const language of LANGUAGES) {
      for (const [script, width] of [[true, PHONE], [true, DESKTOP], [false, PHONE], [false, DESKTOP]]) {
        test(`${engine}, ${language}, ${script ? 'with' : 'without'} script, ${width} px`, () => journey({ base, language, script, width }))
      }
    }
  }
})

async function journey(options) {
  const { base, language } = options
  const visitor = await visit(options)
  const { page } = visitor
  const email = address('ana')

  await visitor.open('/')
  await assertWords(page, language)
  await visitor.picture('journey-1-list')
  await page.locator(`#events a[href*="/events/${EVENT}"]`).first().click()
  await page.locator('#registration-form').waitFor()
  await assertWords(page, language)
  await visitor.picture('journey-2-event')

  await assertFaults(visitor, email)
  await fill(page, { ...basics(email), ...ANSWERS })
  await send(page)
  await visitor.state('registered').waitFor()
  await assertWords(page, language)
  await visitor.picture('journey-4-registered')
  await visitor.button('/registration').click()
  await visitor.registration('confirmed').waitFor()

  const mail = await mailTo(base, email, 'registered')
  assert.equal(mail.language, language)
  await visitor.follow(mail.links.manage)
  await visitor.registration('confirmed').waitFor()
  await assertWords(page, language)
  await visitor.picture('journey-5-registration')
  const read = (status) => call(base, 'GET', `/v1/registrations/${mail.registration_id}`, { token: mail.manage_token, status })
  await assertSaid(await read(), { email, language })

  await change(visitor)
  assert.deepEqual((await read()).answers.interests, ['housing'])
  await saveCalendar(visitor)
  await cancel(visitor)
  assert.equal((await read()).cancellation_reason, 'Una altra cita')
  await visitor.button('/registration/erase').click()
  await visitor.button('/registration/erased').waitFor()
  await assertWords(page, language)
  await visitor.picture('journey-9-erase')
  await visitor.button('/registration/erased').click()
  await visitor.registration('erased').waitFor()
  await assertWords(page, language)
  await read(404)
  await visitor.leave()
}

// Sends the form with faults: each is named in the summary, which has the focus, and at its field; nothing typed is lost.
async function assertFaults(visitor, email) {
  const { page, script, language } = visitor
  await fill(page, { email: email.replace('@', ' '), city: PERSON.city, 'answers.interests': ['housing'], country: 'FR' })
  await send(page)
  const summary = page.locator('#error-summary')
  await summary.waitFor()
  await assertWords(page, language)
  await visitor.picture('journey-3-errors')
  if (script) assert.ok(await summary.evaluate((shown) => shown === document.activeElement), 'the summary has the focus')
  const faulty = ['name', 'email', 'privacy_accepted', ...QUESTIONS]
  for (const name of faulty) {
    const message = page.locator(`[id="error-${name}"]`)
    assert.ok((await message.innerText()).length > 5, name)
    const described = page.locator(`[aria-describedby~="error-${name}"]`)
    assert.ok(await described.count() > 0, `${name} has its message`)
    assert.ok(await page.locator(`[name="${name}"][aria-invalid="true"], fieldset[aria-invalid="true"]:has([name="${name}"])`).count() > 0, `${name} is marked`)
  }
  assert.equal(await summary.locator('a').count(), faulty.length)
  await summary.locator('a[href="#field-email"]').click()
  assert.equal(await page.evaluate(() => document.activeElement.id), 'field-email')
  assert.equal(await field(page, 'email').inputValue(), email.replace('@', ' '))
  assert.equal(await field(page, 'city').inputValue(), PERSON.city)
  assert.equal(await page.locator('[name=country]').inputValue(), 'FR')
  const housing = page.locator('[name="answers.interests"][value=housing]')
  assert.ok(await housing.isChecked())
  await housing.uncheck()
}

function assertSaid(made, { email, language }) {
  const { answers, ...said } = made
  assert.deepEqual(answers, {
    'first-time': true, lunch: 'vegetarian', interests: ['water', 'transport'], expectations: 'Idees <b>noves</b>\nper a la ciutat',
  })
  for (const [name, value] of Object.entries({ ...PERSON, email, language, audience: 'research', newsletter: true, access_needs: ANSWERS.access_needs })) {
    assert.equal(said[name], value, name)
  }
}

async function change(visitor) {
  const { page, language } = visitor
  await visitor.button('/registration/edit').click()
  await visitor.button('/registration/update').waitFor()
  await assertWords(page, language)
  await visitor.picture('journey-6-edit')
  assert.equal(await field(page, 'city').inputValue(), PERSON.city)
  await field(page, 'city').fill('https://example.org')
  await visitor.button('/registration/update').click()
  await page.locator('[id="error-city"]').waitFor()
  await field(page, 'city').fill('Sant Adrià')
  for (const value of ['water', 'transport']) await page.locator(`[name="answers.interests"][value=${value}]`).uncheck()
  await fill(page, { 'answers.interests': ['housing'] })
  await visitor.button('/registration/update').click()
  await visitor.registration('confirmed').waitFor()
  await page.locator('main', { hasText: 'Sant Adrià' }).waitFor()
  await assertWords(page, language)
}

async function saveCalendar(visitor) {
  const [download] = await Promise.all([visitor.page.waitForEvent('download'), visitor.button('/registration/calendar').click()])
  const calendar = await readFile(await download.path(), 'utf8')
  assert.match(calendar, /^BEGIN:VCALENDAR\r\n[^]*STATUS:CONFIRMED/)
}

// Cancelling asks first, and takes a reason.
async function cancel(visitor) {
  const { page, language } = visitor
  await visitor.button('/registration/cancel').click()
  await visitor.button('/registration/cancelled').waitFor()
  await assertWords(page, language)
  await visitor.picture('journey-7-cancel')
  await page.locator('form[action="/registration/cancelled"] [name=reason]').fill('Una altra cita')
  await visitor.button('/registration/cancelled').click()
  await visitor.registration('cancelled').waitFor()
  await assertWords(page, language)
  await visitor.picture('journey-8-cancelled')
}
