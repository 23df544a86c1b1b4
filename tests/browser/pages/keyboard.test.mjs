// The keyboard alone does the whole journey. Wherever the focus goes it can be seen, and nothing covers it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { address, BASE, mailTo, publish } from '../lib/sandbox.mjs'
import { PHONE, visit } from '../lib/visitor.mjs'

const STEPS = 150

// What has the focus, whether it is visible there, and whether something covers it.
const focused = () => {
  const element = document.activeElement
  const rectangle = element.getBoundingClientRect()
  const style = getComputedStyle(element)
  const shadowed = style.boxShadow !== 'none'
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0
  const [x, y] = [rectangle.left + rectangle.width / 2, rectangle.top + rectangle.height / 2]
  const top = document.elementFromPoint(x, y)
  const covered = top && !element.contains(top) && !top.contains(element)
  return { html: element.outerHTML.slice(0, 150), isBody: element === document.body, marked: outlined || shadowed, covered: Boolean(covered), height: rectangle.height }
}

// Presses Tab until the focus is on an element that matches.
async function tabTo(page, selector, key = 'Tab') {
  for (let step = 0; step < STEPS; step += 1) {
    await page.keyboard.press(key)
    const { html, isBody, marked, covered, height } = await page.evaluate(focused)
    if (!isBody) {
      assert.ok(marked, `the focus can be seen: ${html}`)
      assert.ok(!covered, `nothing covers the focus: ${html}`)
      assert.ok(height > 0, html)
    }
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return
  }
  throw new Error(`${selector} is not reached with Tab`)
}

async function typeInto(page, selector, text) {
  await tabTo(page, selector)
  await page.keyboard.type(text)
}

for (const script of [true, false]) {
  test(`the journey without a pointer, ${script ? 'with' : 'without'} script`, async () => {
    const slug = await publish(BASE, {
      audiences: [{ key: 'research', label: 'Research' }, { key: 'other', label: 'Others' }],
      registration: { questions: [
        { key: 'lunch', kind: 'choice', required: true, label: 'Lunch', choices: [{ key: 'meat', label: 'Meat' }, { key: 'none', label: 'None' }] },
        { key: 'first', kind: 'yes_no', required: true, label: 'First time?' },
      ] },
    })
    const visitor = await visit({ script, width: PHONE })
    const { page } = visitor
    const email = address('keys')
    await visitor.open(`/events/${slug}`)
    await tabTo(page, 'a[href="#content"]')
    await page.keyboard.press('Enter')
    assert.ok(await page.evaluate(() => document.activeElement.id === 'content' || location.hash === '#content'))
    await typeInto(page, '#field-name', 'Ana Pérez')
    await typeInto(page, '#field-email', email)
    await fillQuestions(page)
    await tabTo(page, '#field-privacy_accepted')
    await page.keyboard.press('Space')
    await tabTo(page, '#registration-form button')
    await page.keyboard.press('Enter')
    await visitor.state('registered').waitFor()
    await tabTo(page, 'main form[action="/registration"] button')
    await page.keyboard.press('Enter')
    await visitor.registration('confirmed').waitFor()
    await tabTo(page, 'form[action="/registration/edit"] button')
    await page.keyboard.press('Enter')
    await visitor.button('/registration/update').waitFor()
    await typeInto(page, '#field-city', 'Vic')
    await page.keyboard.press('Enter')
    await page.locator('main', { hasText: 'Vic' }).waitFor()
    await tabTo(page, 'form[action="/registration/cancel"] button')
    await page.keyboard.press('Enter')
    await visitor.button('/registration/cancelled').waitFor()
    await tabTo(page, 'form[action="/registration/cancelled"] button')
    await page.keyboard.press('Enter')
    await visitor.registration('cancelled').waitFor()
    await mailTo(BASE, email, 'cancelled')
    await visitor.leave()
  })
}

// The order of the fields is the page's own: questions are answered wherever they come.
async function fillQuestions(page) {
  const kind = await page.locator('[name="answers.lunch"]').first().evaluate((element) => element.tagName)
  await tabTo(page, '[name="answers.lunch"]')
  await page.keyboard.press(kind === 'SELECT' ? 'ArrowDown' : 'Space')
  await tabTo(page, '[name="answers.first"]')
  await page.keyboard.press('Space')
}

test('after an error the focus is on the summary, and its links lead to the fields', async () => {
  const visitor = await visit({ width: PHONE })
  const { page } = visitor
  await visitor.open('/events/example-open')
  await tabTo(page, '#registration-form button')
  await page.keyboard.press('Enter')
  await page.locator('#error-summary').waitFor()
  await tabTo(page, '#error-summary a')
  await page.keyboard.press('Enter')
  assert.match(await page.evaluate(() => document.activeElement.id), /^field-/)
  await visitor.leave()
})
