// Pages for screens and people of all kinds: narrow, enlarged, with wide text spacing, few motions, forced colours, printed.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { assertAccessible, assertFits, NARROW } from '../lib/accessibility.mjs'
import { address, BASE, mailTo, publish, register } from '../lib/sandbox.mjs'
import { visit } from '../lib/visitor.mjs'

const PATHS = ['/', '/events/example-conference', '/events/example-questions', '/events/example-ended', '/registration']
const LONG = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(2)

// The text spacing that pages must bear (WCAG 1.4.12).
const SPACING = '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }'

// The content security policy refuses styles that are added as elements, not those that a script constructs.
const addStyle = (page, css) => page.evaluate((text) => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(text)
  document.adoptedStyleSheets = [sheet]
}, css)

const clipped = () => [...document.querySelectorAll('main *')]
  .filter((element) => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX === 'hidden' && element.clientWidth > 1)
  .map((element) => element.outerHTML.slice(0, 150))

test('320 px, also with wide text spacing', async () => {
  const visitor = await visit({ viewport: NARROW })
  const { page } = visitor
  for (const path of PATHS) {
    await visitor.open(path)
    await assertFits(page)
    await addStyle(page, SPACING)
    await assertFits(page, `${path} with spacing`)
    assert.deepEqual(await page.evaluate(clipped), [], `${path}: nothing is cut off`)
    await visitor.picture(`narrow-${PATHS.indexOf(path)}`)
  }
  await visitor.leave()
})

test('words without an end break', async () => {
  const slug = await publish(BASE, {
    title: LONG, summary: LONG, description: `${LONG}\n\n\`${LONG}\`\n\n| a | b |\n|---|---|\n| ${LONG} | ${LONG} |`, topics: [LONG],
    audiences: [{ key: 'a', label: LONG }], rooms: [{ key: 'r', name: LONG }], materials: [{ label: LONG, url: `https://example.org/${LONG}`, kind: 'other' }],
    speakers: [{ key: 's', name: LONG, position: LONG, organisation: LONG, biography: LONG }],
    programme: { sessions: [{ key: 't', title: LONG, abstract: LONG, minutes: 30, track: LONG, room: 'r', speakers: ['s'] }] },
    registration: { questions: [{ key: 'q', kind: 'choice', label: LONG, choices: [{ key: 'c', label: LONG }] }] },
  })
  const email = address('long')
  const visitor = await visit({ viewport: NARROW })
  await visitor.open(`/events/${slug}`)
  await assertFits(visitor.page)
  await visitor.picture('narrow-long-words')
  await register(BASE, slug, email)
  await visitor.follow((await mailTo(BASE, email, 'registered')).links.manage)
  await visitor.registration('confirmed').waitFor()
  await assertFits(visitor.page)
  await visitor.leave()
})

test('text of twice the size', async () => {
  const visitor = await visit({ width: 640 })
  for (const path of PATHS) {
    await visitor.open(path)
    await addStyle(visitor.page, ':root { font-size: 200% !important }')
    await assertFits(visitor.page)
  }
  await visitor.leave()
})

test('those who ask for less motion get none', async () => {
  const visitor = await visit({ reducedMotion: 'reduce' })
  const { page } = visitor
  for (const path of PATHS) {
    await visitor.open(path)
    const moving = await page.evaluate(() => [...document.querySelectorAll('*')].filter((element) => {
      const { transitionDuration, animationDuration, animationName, scrollBehavior } = getComputedStyle(element)
      const longest = Math.max(...transitionDuration.split(',').map(parseFloat), animationName === 'none' ? 0 : parseFloat(animationDuration))
      return longest > 0.01 || scrollBehavior === 'smooth'
    }).map((element) => element.outerHTML.slice(0, 100)))
    assert.deepEqual(moving, [], path)
  }
  await visitor.leave()
})

test('forced colours and print', async () => {
  const visitor = await visit({ forcedColors: 'active' })
  const { page } = visitor
  for (const path of PATHS) {
    await visitor.open(path)
    await assertAccessible(page, `${path} in forced colours`)
    await visitor.picture(`forced-colours-${PATHS.indexOf(path)}`)
    await page.emulateMedia({ media: 'print', forcedColors: 'none' })
    await assertFits(page, `${path}, printed`)
    await visitor.picture(`print-${PATHS.indexOf(path)}`)
    if (process.env.SCREENSHOTS) await page.pdf({ path: join(process.env.SCREENSHOTS, 'pages', `print-${PATHS.indexOf(path)}.pdf`), format: 'A4' })
    await page.emulateMedia({ media: 'screen', forcedColors: 'active' })
  }
  await visitor.leave()
})

test('times are those of the event, and of the visitor where they differ', async () => {
  const times = []
  for (const timezoneId of ['America/Mexico_City', 'Asia/Tokyo']) {
    const visitor = await visit({ timezoneId })
    await visitor.open('/events/example-open')
    assert.ok(await visitor.page.locator('time[datetime$="Z"]').count() > 2)
    times.push(await visitor.page.locator('main').innerText())
    await visitor.leave()
  }
  assert.notEqual(times[0], times[1], 'the visitor in Tokyo sees the time there')
  assert.match(times[1], /15:00/)
})
