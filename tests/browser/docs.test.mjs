// The documentation in Chromium: guides, search, every operation tried out, request samples, a phone, light and dark. Run by
// scripts/browser, which starts the server and adds a client.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { assertNoErrors, BASE, closeBrowser, openBrowser, openObservedPage, screenshot } from './browser.mjs'

const { CLIENT_ID, CLIENT_SECRET } = process.env
const WEBINAR = 'internationalisation-and-metropolitan-spaces-en'
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']
const specification = JSON.parse(await readFile(new URL('../../openapi/v1.json', import.meta.url), 'utf8'))
const OPERATIONS = Object.entries(specification.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method]).map((method) => ({ path, method, ...item[method] })))
// Webhooks, which the page shows in the same way, are not among them.
const OPERATION_BLOCKS = '.opblock-tag-section .opblock'
const isPublic = ({ security }) => security.some((one) => Object.keys(one).length === 0)

// Operations in an order in which each succeeds with what the page fills in, and their statuses where they are not 200.
const ATTENDEE = [
  ['create_registration', 201], ['resend_link', 202], ['read_registration'], ['read_registration_calendar'], ['read_join', 409],
  ['update_registration'], ['cancel_registration'], ['delete_registration', 204],
]
const PARTNER = [
  ['put_definition'], ['create_registrations_batch'], ['record_attendance'], ['record_event_attendance'],
  ['create_webhook_endpoint', 201], ['read_webhook_endpoint'], ['list_webhook_deliveries'], ['rotate_webhook_secret'],
  ['delete_webhook_endpoint', 204],
]
// Reads of what a new server does not have.
const ABSENT = ['read_webhook_endpoint', 'list_webhook_deliveries', 'read_webhook_delivery']

before(openBrowser)
after(closeBrowser)

async function openDocs(path = '/docs') {
  const opened = await openObservedPage()
  await opened.page.goto(`${BASE}${path}`)
  await opened.page.locator('.opblock').first().waitFor()
  return opened
}

const operationOf = (id) => OPERATIONS.find(({ operationId }) => operationId === id)
const blockOf = (page, { path, method }) =>
  page.locator(`.opblock-${method}`, { has: page.locator(`[data-path="${path}"]`) })

// Executes an operation with the values that the page fills in, and returns the response's status.
async function execute(page, operation) {
  const block = blockOf(page, operation)
  await block.locator('.opblock-summary').click()
  await block.locator('button.execute').click()
  const status = block.locator('.live-responses-table tr.response .response-col_status')
  await status.waitFor()
  await block.locator('.loading-container').waitFor({ state: 'detached' })
  return Number((await status.innerText()).trim().split(/\s/)[0])
}

const close = (page, operation) => blockOf(page, operation).locator('.opblock-summary').click()

async function executeAll(page, operations) {
  for (const [id, expected = 200] of operations) {
    const operation = operationOf(id)
    assert.equal(await execute(page, operation), expected, `${id}, unedited`)
    await close(page, operation)
  }
}

test('the documentation has guides, then every operation in the order of the tags', async () => {
  const { page, recorded } = await openDocs()
  assert.equal(new URL(page.url()).pathname, '/docs/')
  assert.match(await page.title(), /^Plenaria API/)
  const expected = OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
  const listed = await page.locator(OPERATION_BLOCKS).evaluateAll((blocks) => blocks.map((block) => {
    const text = (selector) => block.querySelector(selector).textContent.replace(/\u200b/g, '').trim()
    return `${text('.opblock-summary-method')} ${text('.opblock-summary-path')}`
  }))
  assert.deepEqual(listed.sort(), expected.sort())
  const tags = await page.locator('.opblock-tag').evaluateAll((tags) => tags.map((tag) => tag.dataset.tag))
  assert.deepEqual(tags, specification.tags.map(({ name }) => name))

  const guides = page.locator('.guides a')
  const [guide, tag] = [guides.first(), page.locator('.opblock-tag').first()]
  assert.ok((await guide.boundingBox()).y < (await tag.boundingBox()).y, 'guides come first')
  const links = await guides.evaluateAll((links) => links.map(({ href }) => href))
  assert.ok(links.length >= 5)
  for (const link of links) {
    const response = await page.goto(link)
    assert.equal(response.status(), 200, link)
    assert.equal(await page.locator('h1').count(), 1, link)
    // Links within and between guides lead to headings.
    for (const [from, fragment] of await page.locator('main a[href*="#"]').evaluateAll((links) =>
      links.filter(({ origin }) => origin === location.origin).map(({ href, hash }) => [href.split('#')[0], hash]))) {
      const text = await (await page.request.get(from)).text()
      assert.ok(text.includes(`id="${decodeURIComponent(fragment.slice(1))}"`), `${link}: ${from}${fragment}`)
    }
  }
  assertNoErrors(recorded)
  await page.close()
})

test('the search finds operations and guides by words', async () => {
  const { page, recorded } = await openDocs()
  await page.locator('#search').fill('waiting register')
  await page.locator('.opblock-tag[data-tag="audit"]').waitFor({ state: 'detached' })
  assert.ok(await page.locator('.webhooks-container .opblock:visible').count() < 3)
  const paths = await page.locator(OPERATION_BLOCKS).evaluateAll((blocks) =>
    blocks.map((block) => block.querySelector('[data-path]').dataset.path))
  assert.ok(paths.includes('/v1/events/{event}/registrations') && paths.length < 10, paths.join())
  await page.locator('#search').fill('signature')
  assert.equal(await page.locator('.guides li:visible').count(), 1)
  await page.locator('#search').fill('')
  assert.equal(await page.locator(OPERATION_BLOCKS).count(), OPERATIONS.length)
  assertNoErrors(recorded)
  await page.close()
})

test('every public operation can be executed unedited', async () => {
  const { page, recorded } = await openDocs()
  for (const operation of OPERATIONS.filter((one) => one.method === 'get' && isPublic(one))) {
    assert.equal(await execute(page, operation), 200, `${operation.path}, unedited`)
    if (operation.operationId === 'read_programme') {
      const live = blockOf(page, operation).locator('.live-responses-table tr.response')
      const body = JSON.parse(await live.locator('.highlight-code code').first().textContent())
      assert.equal(body.sessions.length, 8)
      assert.equal(body.event.slug, WEBINAR)
      await live.scrollIntoViewIfNeeded()
      await screenshot(page, 'docs-executed')
    }
    await close(page, operation)
  }
  await executeAll(page, ATTENDEE)
  // The page aborts the stream of live seats after its first message.
  const errors = recorded.errors.filter((error) => !/409|availability\/stream/.test(error))
  assertNoErrors({ ...recorded, errors })
  await page.close()
})

test('a partner’s operations can be executed unedited after Authorize', async () => {
  const { page, recorded } = await openDocs()
  await page.locator('button.authorize').first().click()
  const form = page.locator('.auth-container', { has: page.locator('#client_id_clientCredentials') })
  await form.locator('#client_id_clientCredentials').fill(CLIENT_ID)
  await form.locator('#client_secret_clientCredentials').fill(CLIENT_SECRET)
  await form.locator('button.authorize').click()
  await page.locator('.auth-container').locator('button', { hasText: 'Logout' }).waitFor()
  await page.locator('.btn-done').first().click()
  await executeAll(page, PARTNER)
  const reads = OPERATIONS.filter((one) => one.method === 'get' && one.security.some(({ oauth2 }) => oauth2))
  for (const operation of reads.filter(({ operationId }) => !ABSENT.includes(operationId))) {
    assert.equal(await execute(page, operation), 200, `${operation.path}, unedited`)
    await close(page, operation)
  }
  assertNoErrors(recorded)
  await page.close()
})

test('request samples run as they are', async () => {
  const { page, recorded } = await openDocs()
  const operation = operationOf('read_event')
  const block = blockOf(page, operation)
  await block.locator('.opblock-summary').click()
  const sample = async (language) => {
    await block.getByRole('tab', { name: language }).click()
    return block.locator('.samples .highlight-code').innerText()
  }
  const run = promisify(execFile)
  assert.equal(JSON.parse((await run('bash', ['-c', await sample('curl')])).stdout).slug, WEBINAR)
  const javascript = ['--input-type=module', '--eval', await sample('TypeScript')]
  assert.match((await run(process.execPath, javascript)).stdout, new RegExp(WEBINAR))
  await run('python3', ['-c', 'import ast, sys; ast.parse(sys.argv[1])', await sample('Python')])

  const create = operationOf('create_registration')
  await blockOf(page, create).locator('.opblock-summary').click()
  for (const [language, pattern] of [['curl', /--data-raw '\{/], ['TypeScript', /JSON\.stringify\(/], ['Python', /json=\{/]]) {
    await blockOf(page, create).getByRole('tab', { name: language }).click()
    assert.match(await blockOf(page, create).locator('.samples .highlight-code').innerText(), pattern)
  }
  assertNoErrors(recorded)
  await page.close()
})

test('the pages fit a phone and a desktop, in light and dark', async () => {
  for (const width of [390, 1280]) {
    for (const colorScheme of ['light', 'dark']) {
      const { page, recorded } = await openObservedPage()
      await page.setViewportSize({ width, height: width === 390 ? 844 : 1000 })
      await page.emulateMedia({ colorScheme })
      const assertFits = async (name) => {
        const wide = await page.evaluate(() => document.documentElement.scrollWidth)
        assert.ok(wide <= width, `${name}: ${wide} pixels at a width of ${width}`)
        const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
        assert.equal(colour, colorScheme === 'dark' ? 'rgb(28, 32, 34)' : 'rgb(255, 255, 255)')
        await screenshot(page, `${name}-${width}-${colorScheme}`)
      }
      await page.goto(`${BASE}/docs/`)
      await page.locator('.opblock').first().waitFor()
      await assertFits('docs')
      const operation = operationOf('create_registration')
      await blockOf(page, operation).locator('.opblock-summary').click()
      await blockOf(page, operation).locator('button.execute').scrollIntoViewIfNeeded()
      await assertFits('docs-operation')
      await page.goto(`${BASE}/docs/definitions`)
      await assertFits('docs-guide')
      assertNoErrors(recorded)
      await page.close()
    }
  }
})
