// What holds for every page: axe finds nothing in light and dark, nothing is wider than a narrow screen, and the words are
// complete and in the page's language.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { DESKTOP } from './visitor.mjs'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'EN-301-549', 'best-practice']
// 1280 px at 400 % (WCAG 1.4.10), which is a small phone too.
export const NARROW = { width: 320, height: 256 }

// Checks the page as it is with axe.
export async function assertAccessible(page, what = page.url()) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags, resultTypes: ['violations'] }), TAGS)
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n  ')}`)
  assert.deepEqual(found, [], what)
}

// The elements that stick out to the right, the smallest ones only.
const overflowing = () => {
  const { scrollWidth, clientWidth } = document.documentElement
  if (scrollWidth <= clientWidth) return []
  const wide = [...document.body.querySelectorAll('*')].filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
  return wide.filter((element) => !wide.some((other) => other !== element && element.contains(other))).map((element) => element.outerHTML.slice(0, 200))
}

// Nothing scrolls sideways, whatever the width (WCAG 1.4.10).
export async function assertFits(page, what = page.url()) {
  assert.deepEqual(await page.evaluate(overflowing), [], `${what} is wider than the screen`)
}

// The visible text of the page in its own language: without what is marked as another language, names and addresses.
const ownText = () => {
  const copy = document.body.cloneNode(true)
  for (const other of copy.querySelectorAll(`[lang]:not([lang="${document.documentElement.lang}"]), option, script, style, bdi`)) other.remove()
  return copy.textContent
}

// The page is in this language, and no placeholder was left unfilled.
export async function assertWords(page, language) {
  assert.equal(await page.locator('html').getAttribute('lang'), language)
  const text = await page.evaluate(ownText)
  assert.doesNotMatch(text, /\{[a-z_]+\}|undefined|\[object/, 'placeholders are filled')
  if (language === 'en') return
  const english = text.match(/[^.\n]*\b(the|your|you|with|please|have|been|will)\b[^.\n]*/gi)
  assert.equal(english, null, `English words on a page in ${language}`)
}

// Looks at a page in all ways: axe in light and dark, the narrow screen, pictures, and the words unless an event has texts that
// are not translated.
export async function look(visitor, name, { words = true } = {}) {
  const { page, language, width } = visitor
  if (words) await assertWords(page, language)
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme })
    await assertAccessible(page, `${name}, ${colorScheme}`)
    await visitor.picture(name)
  }
  await page.setViewportSize(NARROW)
  await assertFits(page, name)
  await page.setViewportSize({ width: DESKTOP, height: 844 })
  await page.emulateMedia({ colorScheme: 'light' })
  await assertFits(page, name)
  await visitor.picture(name)
  await page.setViewportSize({ width, height: 844 })
}
