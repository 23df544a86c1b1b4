// The page of an event with its registration form; without `?event=…`, a list of events.
import { ProblemError, call, registrationsPath, resendLink } from './api.js'
import { announce, element } from './dom.js'
import { bodyOf, clearErrors, fieldsOf, showErrors } from './form.js'
import { followSeats } from './seats.js'
import { LANGUAGE, dateIn, text } from './texts.js'

const main = document.querySelector('main')
const slug = new URLSearchParams(location.search).get('event')

async function showList() {
  const { body } = await call('GET', '/v1/events?phase=upcoming&limit=100')
  document.title = text('events')
  const items = body.data.map((event) => element('li', {},
    element('a', { href: `?event=${encodeURIComponent(event.slug)}&lang=${LANGUAGE}` }, event.title)))
  main.replaceChildren(element('h1', {}, text('events')), element('ul', {}, ...items))
}

// What the seats mean to a reader.
function seatsText(event, { status, seats_left: left, waitlisted, opens_at: opensAt }) {
  switch (status) {
    case 'open': return left === null ? text('unlimited') : text('seats', { n: left })
    case 'waitlist': return text('waiting', { n: waitlisted })
    case 'not_open': return text('not_open', { date: dateIn(event.time_zone, opensAt) })
    default: return text(status)
  }
}

async function showEvent() {
  const { body: event } = await call('GET', `/v1/events/${encodeURIComponent(slug)}`)
  document.title = event.title
  const seats = element('p', { className: 'seats', role: 'status' })
  const summary = element('div', { className: 'summary', role: 'alert', hidden: true })
  const button = element('button', {}, text('register'))
  const form = element('form', { noValidate: true }, ...fieldsOf(event), button)
  main.replaceChildren(
    element('h1', {}, event.title),
    element('p', {}, dateIn(event.time_zone, event.starts_at)),
    element('p', {}, event.place ?? ''),
    element('p', {}, event.summary ?? ''),
    seats, summary, form,
  )
  followSeats(event.slug, (availability) => {
    const shown = seatsText(event, availability)
    // The text of a live region is read when it changes.
    if (seats.textContent !== shown) seats.textContent = shown
    form.hidden = !['open', 'waitlist'].includes(availability.status)
  })
  form.addEventListener('submit', async (submit) => {
    submit.preventDefault()
    clearErrors(form, summary)
    button.disabled = true
    try {
      const { status, body } = await call('POST', registrationsPath(event.slug), { body: bodyOf(form, event) })
      showResult(event, status, body)
    } catch (error) {
      const problem = error instanceof ProblemError ? error.problem : { title: text('no_connection') }
      showErrors(form, summary, problem)
      if (problem.code === 'already-registered') summary.append(resendButton(event, form.elements.email.value, summary))
    } finally {
      button.disabled = false
    }
  })
}

// People who have lost the link get it by mail again.
function resendButton(event, email, place) {
  const button = element('button', { type: 'button', className: 'resend' }, text('resend'))
  button.addEventListener('click', async () => {
    button.disabled = true
    const failure = (error) => (error instanceof ProblemError ? error.message : text('no_connection'))
    announce(place, element('p', {}, await resendLink(event.slug, email).then(() => text('resent'), failure)))
  })
  return button
}

// 201: registered, with a seat or on the waiting list. 202: a mail asks to confirm the address, whoever it belongs to.
function showResult(event, status, body) {
  const result = element('section', { className: 'result' })
  main.replaceChildren(element('h1', {}, event.title), result)
  if (status === 202) return announce(result, element('p', {}, text('check_mail')))
  const { id, manage_token: token, status: state, waitlist_position: position } = body
  const manage = `manage.html#registration=${id}&token=${token}&lang=${LANGUAGE}`
  announce(result, element('p', {}, text(state, { n: position })), element('p', {}, element('a', { href: manage }, text('manage'))))
}

try {
  await (slug ? showEvent() : showList())
} catch (error) {
  const shown = error instanceof ProblemError ? error.message : text('no_connection')
  announce(main, element('p', { role: 'alert' }, shown))
}
