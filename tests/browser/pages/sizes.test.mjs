// What a phone has to load: the event's page with style and script under 50 KB compressed, the script under 15 KB.
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
import { BASE } from '../lib/sandbox.mjs'
import { visit } from '../lib/visitor.mjs'

const KB = 1000

// The paths of files in a page. Templates escape slashes.
const linksOf = (html) => html.replaceAll('&#x2f;', '/').match(/\/assets\/[0-9a-f]+/)

async function load(path) {
  const visitor = await visit()
  const finished = []
  visitor.page.on('requestfinished', (request) => finished.push(request))
  await visitor.page.goto(BASE + path, { waitUntil: 'load' })
  await visitor.page.waitForTimeout(300)
  const bytes = { document: 0, stylesheet: 0, script: 0 }
  for (const request of finished) {
    const type = request.resourceType()
    if (type in bytes) bytes[type] += (await request.sizes()).responseBodySize
  }
  await visitor.leave()
  return bytes
}

test('an event takes less than 50 KB', async (t) => {
  for (const slug of ['example-open', 'example-questions', 'example-conference', 'internationalisation-and-metropolitan-spaces-en']) {
    const { document, stylesheet, script } = await load(`/events/${slug}?lang=es`)
    t.diagnostic(`${slug}: HTML ${document}, style ${stylesheet}, script ${script} bytes, compressed`)
    assert.ok(script > 0 && script < 15 * KB, `script ${script}`)
    assert.ok(document + stylesheet + script < 50 * KB, `${document + stylesheet + script}`)
  }
})

test('all scripts of the pages together take less than 15 KB', async (t) => {
  const names = await readdir(new URL('../../../crates/web/src/assets/', import.meta.url))
  const [assets] = linksOf(await (await fetch(`${BASE}/events/example-open`, { headers: { Accept: 'text/html' } })).text())
  let all = 0
  for (const name of names.filter((one) => one.endsWith('.js') && !one.startsWith('embed'))) {
    const response = await fetch(`${BASE}${assets}/${name}`, { headers: { 'Accept-Encoding': 'br' } })
    assert.equal(response.status, 200, name)
    all += Number(response.headers.get('content-length') ?? (await response.arrayBuffer()).byteLength)
  }
  t.diagnostic(`scripts of the pages: ${all} bytes, compressed`)
  assert.ok(all > 0 && all < 15 * KB)
})

test('files of a version are kept for a year, and pages are validated', async () => {
  const html = await fetch(`${BASE}/events/example-open`, { headers: { Accept: 'text/html' } })
  const etag = html.headers.get('etag')
  const again = await fetch(`${BASE}/events/example-open`, { headers: { Accept: 'text/html', 'If-None-Match': etag } })
  assert.equal(again.status, 304)
  const [assets] = linksOf(await html.text())
  assert.match((await fetch(`${BASE}${assets}/plenaria.css`)).headers.get('cache-control'), /max-age=31536000.*immutable/)
})
