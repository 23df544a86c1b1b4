// Starts Chromium, and opens pages that record their requests and errors. Nothing may be loaded from another host, and the
// browser may report no errors.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

export const { BASE } = process.env
const { CHROMIUM, SCREENSHOTS } = process.env

let profile, context

export async function openBrowser() {
  profile = await mkdtemp(join(tmpdir(), 'plenaria-browser-'))
  context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    locale: 'es',
    viewport: { width: 1280, height: 1000 },
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  })
}

export async function closeBrowser() {
  await context?.close()
  if (profile) await rm(profile, { recursive: true, force: true })
}

// Opens a page that records its requests and errors.
export async function openObservedPage() {
  const page = await context.newPage()
  const recorded = { requests: [], errors: [] }
  const addError = (kind, text) => recorded.errors.push(`${kind}: ${text}`)
  // Runs before any script of the page: logs violations of the Content-Security-Policy.
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (e) => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI}`))
  })
  page.on('console', (message) => {
    if (['error', 'warning', 'assert'].includes(message.type())) addError(message.type(), message.text())
  })
  page.on('pageerror', (error) => addError('exception', error.message))
  page.on('requestfailed', (request) => addError('failed', `${request.url()} ${request.failure()?.errorText}`))
  page.on('request', (request) => recorded.requests.push(request.url()))
  page.on('response', (response) => {
    if (response.status() >= 400) addError('response', `${response.status()} ${response.url()}`)
  })
  return { page, recorded }
}

export function assertNoErrors({ requests, errors }) {
  assert.deepEqual(errors, [])
  assert.ok(requests.length > 0)
  const elsewhere = requests.filter((url) => !url.startsWith('data:') && new URL(url).origin !== new URL(BASE).origin)
  assert.deepEqual(elsewhere, [], 'no request leaves the host')
}

export async function screenshot(page, name) {
  if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
}
