// The explanations of problems, in Chromium. Run by scripts/browser, which starts the server.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { assertNoErrors, BASE, closeBrowser, openBrowser, openObservedPage, screenshot } from './browser.mjs'

before(openBrowser)
after(closeBrowser)

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
