// Live seats: a stream of Server-Sent Events, or a request now and then where streams do not work.
import { call } from './api.js'
import { API } from './config.js'

const POLL_SECONDS = 10

// Calls `show` with each availability of the event.
export function followSeats(event, show) {
  const path = `/v1/events/${encodeURIComponent(event)}/availability`
  const stream = new EventSource(`${API}${path}/stream`)
  stream.addEventListener('availability', (message) => show(JSON.parse(message.data)))
  // An EventSource connects again by itself, unless the server refused: then `readyState` is CLOSED.
  stream.addEventListener('error', () => {
    if (stream.readyState === EventSource.CLOSED) poll(path, show)
  })
}

async function poll(path, show) {
  const availability = await call('GET', path).then(({ body }) => body, () => null)
  if (availability) show(availability)
  if (availability?.status !== 'ended') setTimeout(() => poll(path, show), POLL_SECONDS * 1000)
}
