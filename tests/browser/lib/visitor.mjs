// A visitor of the pages: a browser context of its own, whose requests and errors are recorded. In the end no visit may have
// left anything behind: no error, no request to another host, no token in a URL, no referrer, nothing stored.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after } from 'node:test'
import { chromium } from 'playwright-core'
import { BASE } from './sandbox.mjs'

const { CHROMIUM, SCREENSHOTS } = process.env
export const PHONE = 390
export const DESKTOP = 1280
const HEIGHT = 844
// Forms are sent within the test's machine: whatever takes longer has failed.
const TIMEOUT = 15_000

// A promise, so that visits which begin at the same time share the browser.
let browser

after(async () => (await browser)?.close())

export function openBrowser() {
  browser ??= chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  })
  return browser
}

class Visitor {
  errors = []
  requests = []
  // Responses that the browser got: `{status, url, type}`.
  responses = []

  constructor(context, page, { base, language, script, width }) {
    Object.assign(this, { context, page, base, language, script, width })
  }

  // Opens a path of the server.
  async open(path) {
    return this.page.goto(this.base + path)
  }

  // Follows a link from a mail: without script it is pasted into the form of the page, because the server cannot see what
  // stands behind `#`.
  async follow(link) {
    await this.page.goto('about:blank')
    await this.page.goto(link)
    if (this.script) return
    await this.page.locator('#field-link').fill(link)
    await this.page.locator('#link-form button').click()
  }

  state(name) {
    return this.page.locator(`#state[data-state="${name}"]`)
  }

  registration(status) {
    return this.page.locator(`#registration[data-status="${status}"]`)
  }

  // The button of the form that is sent to this path.
  button(action) {
    return this.page.locator(`main form[action="${action}"] button`).first()
  }

  // Saves a picture of the whole page.
  async picture(name) {
    if (!SCREENSHOTS) return
    await mkdir(join(SCREENSHOTS, 'pages'), { recursive: true })
    const { width } = this.page.viewportSize()
    const dark = await this.page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches)
    const path = join(SCREENSHOTS, 'pages', `${name}-${this.language}-${width}${dark ? '-dark' : ''}${this.script ? '' : '-plain'}.png`)
    await this.page.screenshot({ path, fullPage: true })
  }

  // Ends the visit, and checks it.
  async leave() {
    const stored = this.page.url().startsWith(this.base)
      && await this.page.evaluate(() => localStorage.length + sessionStorage.length + document.cookie.length)
    const cookies = await this.context.cookies()
    await this.context.close()
    assert.deepEqual(this.errors, [])
    assert.ok(!stored, 'nothing is stored')
    assert.deepEqual(cookies, [])
    for (const { url, referrer } of this.requests) {
      assert.ok(!referrer, `no referrer: ${url}`)
      assert.ok(!/token|eyJ/i.test(url), `no token in a URL: ${url}`)
    }
    const elsewhere = this.requests.filter(({ url }) => /^(https?|wss?):/.test(url) && new URL(url).origin !== this.base)
    assert.deepEqual(elsewhere, [], 'no request leaves the host')
  }
}

// A page that is not the visitor's fault: documents and forms may be refused with words, everything else must be there.
const isFailure = (response) =>
  response.status() >= 500 || (response.status() >= 400 && !['document', 'fetch', 'xhr'].includes(response.request().resourceType()))

function observe(visitor) {
  const { context, errors } = visitor
  context.on('console', (message) => {
    // Chromium reports every response like 404, 409 and 422; `isFailure` judges those.
    const isStatus = message.text().startsWith('Failed to load resource: the server responded')
    if (['error', 'warning', 'assert'].includes(message.type()) && !isStatus) errors.push(`${message.type()}: ${message.text()}`)
  })
  context.on('weberror', (error) => errors.push(`exception: ${error.error().message}`))
  context.on('request', (request) => {
    const [url] = request.url().split('#')
    visitor.requests.push({ url, method: request.method(), referrer: request.headers().referer, body: request.postData() })
  })
  context.on('response', (response) => {
    const found = { status: response.status(), url: response.url(), type: response.request().resourceType() }
    visitor.responses.push(found)
    if (isFailure(response)) errors.push(`response: ${found.status} ${found.url}`)
  })
  // A dialog would be the sign of an attack that succeeded.
  visitor.page.on('dialog', (dialog) => {
    errors.push(`dialog: ${dialog.message()}`)
    return dialog.dismiss()
  })
}

// Begins a visit. `options`: language, script (false: without JavaScript), width, and what Playwright knows of a context.
export async function visit({ base = BASE, language = 'en', script = true, width = DESKTOP, ...more } = {}) {
  const context = await (await openBrowser()).newContext({
    locale: language, javaScriptEnabled: script, viewport: { width, height: HEIGHT }, serviceWorkers: 'block', ...more,
  })
  context.setDefaultTimeout(TIMEOUT)
  // Runs before any script of the page. Chromium's own message does not always say what was blocked.
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (e) => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI}`))
  })
  const visitor = new Visitor(context, await context.newPage(), { base, language, script, width })
  observe(visitor)
  return visitor
}
