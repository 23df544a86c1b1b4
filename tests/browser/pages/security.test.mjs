// What attackers try: markup in every text, links that run scripts, frames, redirects. And nothing private leaves the page.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { basics, fill, send } from '../lib/person.mjs'
import { address, BASE, call, mailTo, organiserToken, publish, register } from '../lib/sandbox.mjs'
import { visit } from '../lib/visitor.mjs'

const MARKUP = '"\'></script><img src=x data-attack onerror="alert(1)"><script data-attack>alert(1)</script>{{ 7*7 }}'
const DESCRIPTION = `${MARKUP}

[one](javascript:alert(1)) [two](JaVaScRiPt:alert(1)) [three](data:text/html,<script>alert(1)</script>) [four](vbscript:x)
![five](javascript:alert(1)) <javascript:alert(1)> [six](&#106;avascript:alert(1))

[seven]: javascript:alert(1)

[seven] <a href="javascript:alert(1)" data-attack>eight</a> <iframe data-attack src="https://example.org"></iframe>`
const ATTACKED = {
  title: MARKUP, summary: MARKUP, description: DESCRIPTION, topics: [MARKUP], place: MARKUP,
  contact: { name: MARKUP, email: 'office@example.org' },
  organisers: [{ key: 'o', name: MARKUP, url: 'https://example.org/"onmouseover="alert(1)' }],
  publications: [{ title: MARKUP, url: 'https://example.org/?a=<script>' }],
  rooms: [{ key: 'r', name: MARKUP }], materials: [{ label: MARKUP, url: 'https://example.org/', kind: 'other' }],
  audiences: [{ key: 'a', label: MARKUP }],
  speakers: [{ key: 's', name: MARKUP, honorific: MARKUP.slice(0, 40), position: MARKUP, organisation: MARKUP, biography: DESCRIPTION }],
  programme: { sessions: [{ key: 't', title: MARKUP, abstract: DESCRIPTION, minutes: 30, track: MARKUP.slice(0, 60), room: 'r', speakers: ['s'] }] },
  registration: { waitlist: false, questions: [
    { key: 'q', kind: 'choice', label: MARKUP, choices: [{ key: 'c', label: MARKUP }] }, { key: 't', kind: 'text', label: MARKUP },
  ] },
}

async function assertHarmless(visitor, what) {
  const found = await visitor.page.evaluate(() => ({
    elements: [...document.querySelectorAll('[data-attack], [onerror], [onmouseover], iframe, object, embed, base')].map((element) => element.outerHTML),
    links: [...document.querySelectorAll('[href], [src], [action], [formaction]')].flatMap((element) =>
      ['href', 'src', 'action', 'formaction'].map((name) => element.getAttribute(name)).filter(Boolean))
      .filter((url) => !/^(https?:|mailto:|webcal:|data:image\/|[/#?.]|$)/.test(url)),
    inline: [...document.querySelectorAll('script:not([src]):not([type="application/ld+json"]), style, [style]')].map((element) => element.outerHTML),
  }))
  assert.deepEqual(found, { elements: [], links: [], inline: [] }, what)
}

test('markup in every text of an event and of a person is text', async () => {
  const slug = await publish(BASE, ATTACKED)
  for (const script of [true, false]) {
    const visitor = await visit({ script })
    const { page } = visitor
    await visitor.open(`/events/${slug}`)
    await assertHarmless(visitor, 'event')
    assert.equal(await page.locator('h1').innerText(), MARKUP)
    assert.equal(JSON.parse(await page.locator('script[type="application/ld+json"]').textContent()).name, MARKUP)
    await visitor.picture('attack-event')
    const email = address('attack')
    await page.locator('#registration-form').evaluate((form) => { form.noValidate = true })
    const said = { name: MARKUP, position: MARKUP, 'answers.t': MARKUP, access_needs: MARKUP, organisation: MARKUP }
    await fill(page, { ...said, email: MARKUP })
    await send(page)
    await page.locator('#error-summary').waitFor()
    await assertHarmless(visitor, 'errors')
    assert.equal(await page.locator('[id="field-email"]').inputValue(), MARKUP)
    await fill(page, { ...basics(email), name: MARKUP })
    await send(page)
    await visitor.state('registered').waitFor()
    await assertHarmless(visitor, 'registered')
    const mail = await mailTo(BASE, email, 'registered')
    await visitor.follow(mail.links.manage)
    await visitor.registration('confirmed').waitFor()
    await assertHarmless(visitor, 'registration')
    await visitor.button('/registration/edit').click()
    await visitor.button('/registration/update').waitFor()
    await assertHarmless(visitor, 'edit')
    assert.equal(await page.locator('[id="field-name"]').inputValue(), MARKUP)
    await visitor.leave()
  }
  const visitor = await visit()
  await visitor.open('/')
  await assertHarmless(visitor, 'list')
  await call(BASE, 'POST', `/v1/events/${slug}/cancel`, { body: { reason: MARKUP }, token: await organiserToken(BASE) })
  await visitor.open(`/events/${slug}`)
  await visitor.state('cancelled').waitFor()
  await assertHarmless(visitor, 'cancelled')
  await visitor.leave()
})

test('markup in queries, fields and links is text', async () => {
  const visitor = await visit()
  const { page } = visitor
  const evil = encodeURIComponent(MARKUP)
  for (const path of [`/?lang=${evil}`, `/events/example-open?lang=${evil}`, `/events/${evil}`, `/${evil}`, `/?${evil}=1`, `/registration?lang=${evil}`]) {
    await visitor.open(path)
    await assertHarmless(visitor, path)
  }
  for (const fragment of [`registration=${evil}&token=${evil}&event=${evil}&lang=${evil}`, 'registration=x&token=y&event=//example.org&lang=//']) {
    await page.goto('about:blank')
    await page.goto(`${BASE}/registration#${fragment}`)
    await page.locator('main h1').waitFor()
    await assertHarmless(visitor, fragment)
    await page.goto('about:blank')
    await page.goto(`${BASE}/confirm#confirmation_token=${evil}&event=${evil}&lang=${evil}`)
    await page.locator('main h1').waitFor()
    await assertHarmless(visitor, 'confirm')
  }
  // These hold what an attacker chose, and no token.
  visitor.requests = visitor.requests.filter(({ url }) => !/registration|confirm/.test(url))
  await visitor.leave()
})

test('nothing redirects to another host', async () => {
  const slug = await publish(BASE)
  const renamed = `${slug}-new`
  await call(BASE, 'POST', `/v1/events/${slug}/rename`, { body: { slug: renamed }, token: await organiserToken(BASE) })
  const moved = await fetch(`${BASE}/events/${slug}?lang=ca`, { redirect: 'manual', headers: { Accept: 'text/html' } })
  assert.equal(moved.status, 308)
  assert.match(moved.headers.get('location'), new RegExp(`^(${BASE})?/events/${renamed}(\\?lang=ca)?$`))
  const form = (fields) => ({ method: 'POST', body: new URLSearchParams(fields) })
  for (const [path, request] of [
    ['//example.org', {}], ['//example.org/events/x', {}], ['/events//example.org', {}], ['/events/%2F%2Fexample.org', {}], ['/\\example.org', {}],
    ['/?lang=en%0d%0aLocation:%20https://example.org', {}], ['/?next=https://example.org', {}],
    ['/registration', form({ registration: '//example.org', token: 'x', event: '//example.org', lang: '//example.org', next: 'https://example.org' })],
    ['/confirm', form({ confirmation_token: 'x', event: 'https://example.org', next: 'https://example.org' })],
  ]) {
    const response = await fetch(BASE + path, { ...request, redirect: 'manual', headers: { Accept: 'text/html' } })
    const location = response.headers.get('location')
    assert.ok(!location || !/example\.org/.test(location), `${path}: ${location}`)
    assert.ok(response.status < 500, `${path}: ${response.status}`)
    assert.equal(response.headers.get('set-cookie'), null)
  }
})

test('another site cannot show a page in a frame', async () => {
  const site = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html')
    response.end(`<!doctype html><title>Elsewhere</title>${['/', '/events/example-open', '/registration', '/confirm'].map((path) => `<iframe src="${BASE}${path}"></iframe>`).join('')}`)
  })
  await once(site.listen(0, '127.0.0.1'), 'listening')
  const visitor = await visit()
  await visitor.page.goto(`http://127.0.0.1:${site.address().port}/`)
  const frames = visitor.page.frames().slice(1)
  assert.equal(frames.length, 4)
  for (const frame of frames) assert.match(frame.url(), /^chrome-error:/)
  await visitor.context.close()
  site.close()
})

test('what is private is stored by no cache', async () => {
  const email = address('private')
  const { id, manage_token: token } = await register(BASE, 'example-open', email)
  const fields = { registration: id, token, event: 'example-open', lang: 'en' }
  for (const path of ['/registration', '/registration/edit', '/registration/cancel', '/registration/erase', '/registration/calendar']) {
    const response = await fetch(BASE + path, { method: 'POST', body: new URLSearchParams(fields) })
    assert.equal(response.status, 200, path)
    assert.equal(response.headers.get('cache-control'), 'no-store', path)
    assert.equal(response.headers.get('referrer-policy'), 'no-referrer', path)
    if (path.endsWith('calendar')) continue
    const policy = response.headers.get('content-security-policy')
    assert.match(policy, /default-src 'none'/)
    assert.doesNotMatch(policy, /unsafe|\*(?!:)/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.equal(response.headers.get('x-frame-options'), 'DENY')
  }
  const answer = await fetch(`${BASE}/events/example-open`, { method: 'POST', body: new URLSearchParams({ name: 'Ana', email }) })
  assert.equal(answer.headers.get('cache-control'), 'no-store')
})
