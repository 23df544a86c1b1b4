// Every mail in each language, as `plenaria mail preview --html` prints it: accessible in light and dark, and no wider than a phone.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { assertAccessible, assertFits, assertWords } from '../lib/accessibility.mjs'
import { openBrowser } from '../lib/visitor.mjs'

const { PROGRAM, SCREENSHOTS } = process.env
const run = promisify(execFile)
const WIDTHS = [390, 1000]

const preview = async (kind, language) => (await run(PROGRAM, ['mail', 'preview', kind, '--html', '--language', language])).stdout

// The kinds of messages, from the error about one that does not exist.
async function kinds() {
  const { stderr } = await run(PROGRAM, ['mail', 'preview', 'none']).catch((error) => error)
  return stderr.match(/it is one of ([a-z_, ]+)/)[1].split(', ')
}

test('every mail can be read on a phone and a desktop, in light and dark', async () => {
  const browser = await openBrowser()
  const page = await browser.newPage()
  // Logos are on the organisers' servers, and are not needed.
  await page.route('**/*', (route) => route.abort())
  const all = await kinds()
  assert.ok(all.length > 10)
  for (const language of ['en', 'es', 'fr', 'ca']) {
    for (const kind of all) {
      await page.setContent(await preview(kind, language))
      const name = `${kind}, ${language}`
      await assertWords(page, language)
      // The program that shows mails has the landmarks.
      await page.locator('.sheet').evaluate((sheet) => sheet.setAttribute('role', 'main'))
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme })
        await assertAccessible(page, name)
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 844 })
          await assertFits(page, name)
          if (!SCREENSHOTS) continue
          await mkdir(join(SCREENSHOTS, 'mails'), { recursive: true })
          await page.screenshot({ path: join(SCREENSHOTS, 'mails', `${kind}-${language}-${width}-${colorScheme}.png`), fullPage: true })
        }
      }
    }
  }
  await page.close()
})
