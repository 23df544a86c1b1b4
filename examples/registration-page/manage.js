// The page that links in mails lead to: confirm the address, see, change, cancel and erase the registration, and join;
// or have the link sent again.
import { ProblemError, call, resendLink } from './api.js'
import { announce, element } from './dom.js'
import { clearErrors, showErrors } from './form.js'
import { dateIn, text } from './texts.js'

const FIELDS = ['name', 'organisation', 'position', 'city']
const main = document.querySelector('main')

// The token stands behind `#`, which browsers do not send. It is taken out of the address, so that nobody copies it from there.
const link = new URLSearchParams(location.hash.slice(1))
history.replaceState(null, '', location.pathname)
let session = { id: link.get('registration'), token: link.get('token') }

const path = (rest = '') => `/v1/registrations/${session.id}${rest}`
const own = (method, rest, body) => call(method, path(rest), { token: session.token, body })

// Runs an action, and shows its problem if it fails. If the link has expired, people can have a new one.
async function attempt(place, action) {
  try {
    return await action()
  } catch (error) {
    const { code, title, detail, errors } = error instanceof ProblemError ? error.problem : { title: text('no_connection') }
    const shown = errors?.[0]?.detail ?? detail ?? title
    if (code === 'invalid-token') return showResend(shown)
    announce(place, element('p', {}, shown))
    return null
  }
}

// People confirm by a button: programs that check the links in mails open pages, but press nothing.
function showConfirmation(token) {
  const message = element('div', { className: 'summary', role: 'alert', hidden: true })
  const button = element('button', {}, text('confirm'))
  main.replaceChildren(element('h1', {}, text('pending')), message, button)
  button.addEventListener('click', () => attempt(message, async () => {
    const { body } = await call('POST', '/v1/registrations/confirm', { body: { confirmation_token: token } })
    session = { id: body.id, token: body.manage_token }
    await show()
  }))
}

async function show() {
  const { body: registration } = await own('GET')
  const { body: event } = await call('GET', `/v1/events/${registration.event.id}`)
  document.title = event.title
  const key = registration.status === 'cancelled' ? 'cancelled_registration' : registration.status
  const status = element('p', { className: 'seats', role: 'status' }, text(key, { n: registration.waitlist_position }))
  const message = element('div', { className: 'summary', role: 'alert', hidden: true })
  main.replaceChildren(
    element('h1', {}, event.title),
    element('p', {}, dateIn(event.time_zone, event.starts_at)),
    status, message,
    ...(registration.status === 'cancelled' ? [] : [changeForm(registration, message), joinButton(message), cancelForm(message)]),
    eraseButton(message),
  )
}

function changeForm(registration, message) {
  const fields = FIELDS.map((name) => element('div', { className: 'field' },
    element('label', { htmlFor: name }, text(name)),
    element('input', { type: 'text', id: name, name, value: registration[name] ?? '' }),
    element('p', { className: 'error', id: `${name}-error`, hidden: true })))
  const form = element('form', { noValidate: true, className: 'change' }, ...fields, element('button', {}, text('save')))
  form.addEventListener('submit', async (submit) => {
    submit.preventDefault()
    clearErrors(form, message)
    // Only what has changed is sent; an empty field clears its value.
    const given = Object.fromEntries(new FormData(form))
    const changed = FIELDS.filter((name) => given[name] !== (registration[name] ?? ''))
    try {
      await own('PATCH', '', Object.fromEntries(changed.map((name) => [name, given[name] || null])))
      announce(message, element('p', {}, text('saved')))
    } catch (error) {
      showErrors(form, message, error instanceof ProblemError ? error.problem : { title: text('no_connection') })
    }
  })
  return form
}

// The address of the meeting is given shortly before the start; until then the problem says from when.
function joinButton(message) {
  const button = element('button', { className: 'join' }, text('join'))
  button.addEventListener('click', () => attempt(message, async () => {
    const { body } = await own('GET', '/join')
    location.assign(body.join_url)
  }))
  return element('p', {}, button)
}

function cancelForm(message) {
  const reason = element('input', { type: 'text', id: 'reason' })
  const form = element('form', { className: 'cancel' },
    element('div', { className: 'field' }, element('label', { htmlFor: 'reason' }, text('reason')), reason),
    element('button', {}, text('cancel')))
  form.addEventListener('submit', (submit) => {
    submit.preventDefault()
    attempt(message, async () => {
      await own('POST', '/cancel', { reason: reason.value || null })
      await show()
    })
  })
  return form
}

function eraseButton(message) {
  const button = element('button', { className: 'erase' }, text('erase'))
  button.addEventListener('click', () => confirm(text('sure')) && attempt(message, async () => {
    await own('DELETE')
    announce(main, element('p', {}, text('erased')))
  }))
  return element('p', {}, button)
}

// The link is sent to the address again if it is registered for the event. The page cannot know either from a link that has expired.
const showResend = (reason) => attempt(main, async () => {
  const lists = await Promise.all(['live', 'upcoming'].map((phase) => call('GET', `/v1/events?phase=${phase}&limit=100`)))
  const events = lists.flatMap(({ body }) => body.data)
  const event = element('select', { id: 'event', required: true }, ...events.map(({ slug, title }) => element('option', { value: slug }, title)))
  const email = element('input', { type: 'email', id: 'email', required: true, autocomplete: 'email' })
  const message = element('div', { className: 'summary', role: 'alert', hidden: true })
  const form = element('form', { className: 'resend' },
    element('div', { className: 'field' }, element('label', { htmlFor: 'event' }, text('event')), event),
    element('div', { className: 'field' }, element('label', { htmlFor: 'email' }, text('email')), email),
    element('button', {}, text('resend')))
  form.addEventListener('submit', (submit) => {
    submit.preventDefault()
    attempt(message, async () => {
      await resendLink(event.value, email.value)
      announce(message, element('p', {}, text('resent')))
    })
  })
  announce(main, element('h1', {}, text('manage')), element('p', {}, reason), message, form)
})

const confirmation = link.get('confirmation_token')
if (confirmation) showConfirmation(confirmation)
else if (session.token) await attempt(main, show)
else await showResend(text('no_token'))
