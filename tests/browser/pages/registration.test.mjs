// The pages that a link in a mail leads to: confirming an address, a registration, and links that no longer work.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { look } from '../lib/accessibility.mjs'
import { basics, field, fill, send } from '../lib/person.mjs'
import { address, availability, call, ENGINES, LANGUAGES, mailTo, publish, register } from '../lib/sandbox.mjs'
import { PHONE, visit } from '../lib/visitor.mjs'

const CONFIRMED = { registration: { email_confirmation: true, capacity: 1, waitlist: false } }
const UNKNOWN = '01900000-0000-7000-8000-00000000ffff'

async function ask(visitor, slug, email) {
  const { page } = visitor
  await visitor.open(`/events/${slug}`)
  await fill(page, basics(email))
  await send(page)
  await visitor.state('confirmation_sent').waitFor()
  return mailTo(visitor.base, email, 'confirm_address')
}

// Opens the link: nothing happens until a button is pressed. Without script that is the button below the pasted link.
async function confirm(visitor, { links }, check) {
  const { page, script } = visitor
  if (!script) {
    await visitor.open('/confirm')
    await check?.()
    await visitor.follow(links.confirm)
    return
  }
  await visitor.follow(links.confirm)
  await page.locator('#confirm-form button').waitFor()
  await check?.()
  await page.locator('#confirm-form button').click()
}

for (const { name, base } of ENGINES) {
  for (const [language, script] of LANGUAGES.flatMap((tag) => [[tag, true], [tag, false]])) {
    test(`an address is confirmed by a button: ${name}, ${language}, ${script ? 'with' : 'without'} script`, async () => {
      const slug = await publish(base, CONFIRMED)
      const visitor = await visit({ base, language, script, width: PHONE })
      const { page } = visitor
      const first = await ask(visitor, slug, address('first'))
      const late = await ask(visitor, slug, address('late'))
      await confirm(visitor, first, async () => {
        if (script && base === ENGINES[0].base) await look(visitor, 'confirm')
        assert.equal((await availability(base, slug)).confirmed, 0, 'opening confirms nothing')
      })
      await visitor.registration('confirmed').waitFor()
      assert.equal((await availability(base, slug)).confirmed, 1)

      // The link again, and the link of somebody for whom no seat is left.
      for (const [mail, what] of [[first, 'used'], [late, 'full']]) {
        await confirm(visitor, mail)
        await page.locator('#confirm-form').waitFor({ state: 'detached' })
        await page.locator('main h1').waitFor()
        if (what === 'full') assert.equal(await visitor.registration('confirmed').count(), 0)
        await visitor.picture(`confirm-${what}`)
      }
      assert.equal((await availability(base, slug)).confirmed, 1)
      await visitor.leave()
    })
  }
}

for (const language of LANGUAGES) {
  test(`a link that no longer works leads to a new one, ${language}`, async () => {
    const [{ base }] = ENGINES
    const slug = await publish(base)
    const email = address('expired')
    await register(base, slug, email)
    const visitor = await visit({ language, width: PHONE })
    const { page } = visitor
    await visitor.follow(`${base}/registration#registration=${UNKNOWN}&token=eyJhbGciOiJFZERTQSJ9.e30.AAAA&event=${slug}&lang=${language}`)
    await page.locator('[data-status=expired]').waitFor()
    await look(visitor, 'registration-expired')
    await page.locator('#resend-form [name=email]').fill(email)
    await page.locator('#resend-form button').click()
    await visitor.registration('link_sent').waitFor()
    await mailTo(base, email, 'manage_link')
    await look(visitor, 'registration-link-sent')
    await visitor.leave()
  })

  test(`every page of a registration is accessible, ${language}`, async () => {
    const [{ base }] = ENGINES
    const slug = 'example-conference'
    const email = address('looking')
    await register(base, slug, email)
    const visitor = await visit({ language, width: PHONE })
    const { page } = visitor
    const { links } = await mailTo(base, email, 'registered')
    const link = links.manage.replace(/lang=\w+/, `lang=${language}`)
    await visitor.follow(link)
    await visitor.registration('confirmed').waitFor()
    await look(visitor, 'registration')
    for (const [action, next] of [['edit', 'update'], ['cancel', 'cancelled'], ['erase', 'erased']]) {
      await visitor.follow(link)
      await visitor.button(`/registration/${action}`).click()
      await visitor.button(`/registration/${next}`).waitFor()
      await look(visitor, `registration-${action}`)
      if (action !== 'edit') continue
      await field(page, 'name').fill('')
      await visitor.button('/registration/update').click()
      await page.locator('#error-summary').waitFor()
      await look(visitor, 'registration-edit-errors')
    }
    await visitor.button('/registration/erased').click()
    await visitor.registration('erased').waitFor()
    await look(visitor, 'registration-erased')
    await visitor.leave()
  })
}

test('the link of somebody else, opened in the same tab, shows their registration', async () => {
  const [{ base }] = ENGINES
  const slug = await publish(base)
  const [first, second] = [address('first'), address('second')]
  const { id } = await register(base, slug, second)
  const { links } = await mailTo(base, second, 'registered')
  const visitor = await visit()
  const { page } = visitor
  // A form leads to the first registration, so the page has no link in its address.
  await visitor.open(`/events/${slug}`)
  await fill(page, basics(first))
  await send(page)
  await visitor.state('registered').waitFor()
  await visitor.button('/registration').click()
  await page.locator('main', { hasText: first }).waitFor()
  await page.evaluate((link) => { location.href = link }, links.manage)
  await page.locator('main', { hasText: second }).waitFor()
  assert.equal(await page.locator('main', { hasText: first }).count(), 0)
  for (const field of await page.locator('[name=registration]').all()) {
    assert.equal(await field.getAttribute('value'), id, 'every form is about the registration that is shown')
  }
  await visitor.leave()
})

test('the fragment stays in the address, so that a reload shows the registration again', async () => {
  const [{ base }] = ENGINES
  const email = address('reload')
  const { id, manage_token: token } = await register(base, 'example-open', email)
  const visitor = await visit()
  const { page } = visitor
  await visitor.follow((await mailTo(base, email, 'registered')).links.manage)
  await visitor.registration('confirmed').waitFor()
  await page.reload()
  await visitor.registration('confirmed').waitFor()
  // The registration of somebody else, whose link is opened in the same tab.
  const other = address('other')
  await register(base, 'example-open', other)
  const { links } = await mailTo(base, other, 'registered')
  await page.evaluate((link) => { location.href = link }, links.manage)
  await page.locator('main', { hasText: other }).waitFor()
  assert.equal((await call(base, 'GET', `/v1/registrations/${id}`, { token })).status, 'confirmed')
  await visitor.leave()
})
