import createOpenApiClient, { type Client } from 'openapi-fetch'

import { problemOf, retryAfter } from './problem.js'
import type { paths } from './schema.js'
import type { TokenSource } from './token.js'

export interface ClientOptions {
  /** The API's address, without a path: `https://api.example.org`. */
  baseUrl: string
  /** A bearer token: a registration's `manage_token`, or a source of access tokens (`clientCredentials`). */
  token?: string | TokenSource
  /** The language of texts and errors (`Accept-Language`). */
  language?: string
  /** How often a request is sent again that failed for a while, or got no answer. 4 unless said otherwise. */
  retries?: number
  /** The longest pause before sending again, in seconds. A longer `Retry-After` ends the attempts. 30 unless said otherwise. */
  longestPause?: number
  fetch?: (request: Request) => Promise<Response>
}

/** Its data are those of JSON answers; read others with `parseAs: "text"` or `"stream"`. */
export type PlenariaClient = Client<paths, 'application/json'>

/**
 * A client with one method for each HTTP method: `client.GET('/v1/events/{event}', { params: { path: { event } } })`.
 *
 * An answer with an error status is thrown as a `ProblemError`. Every POST gets an `Idempotency-Key`, so sending it again
 * is harmless, and requests that failed for a while are sent again with the same key: those without an answer, with 408,
 * 429, 502, 503 or 504, and with `idempotency-in-progress`. Other problems are not, whatever their `retryable`: a full event
 * stays full for longer than a pause, and the stored answer would be given again for the same key.
 */
export function createClient(options: ClientOptions): PlenariaClient {
  return createOpenApiClient<paths, 'application/json'>({
    baseUrl: options.baseUrl,
    fetch: (request) => send(request, options),
  })
}

const SAFE = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])
const TEMPORARY = new Set([408, 429, 502, 503, 504])

async function send(request: Request, options: ClientOptions): Promise<Response> {
  const { token, language, retries = 4, longestPause = 30, fetch = globalThis.fetch } = options
  const headers = new Headers(request.headers)
  if (language !== undefined && !headers.has('Accept-Language')) headers.set('Accept-Language', language)
  if (request.method === 'POST' && !headers.has('Idempotency-Key')) headers.set('Idempotency-Key', crypto.randomUUID())
  const mayRepeat = SAFE.has(request.method) || headers.has('Idempotency-Key')
  const ownToken = headers.has('Authorization')
  let isRenewed = false
  for (let attempt = 0; ; ) {
    if (!ownToken && token !== undefined) {
      headers.set('Authorization', `Bearer ${typeof token === 'string' ? token : await token(isRenewed)}`)
    }
    let response: Response | undefined
    try {
      // The body of a request can be read once, so each attempt has a copy.
      response = await fetch(new Request(request.clone(), { headers }))
      if (response.ok || response.status === 304) return response
    } catch (error) {
      if (request.signal.aborted || !mayRepeat || attempt >= retries) throw error
    }
    if (response !== undefined) {
      if (response.status === 401 && typeof token === 'function' && !ownToken && !isRenewed) {
        isRenewed = true
        await response.body?.cancel()
        continue
      }
      const problem = await problemOf(response)
      const wait = retryAfter(response) ?? 0
      const isTemporary = TEMPORARY.has(response.status) || problem.code === 'idempotency-in-progress'
      if (!isTemporary || !mayRepeat || attempt >= retries || wait > longestPause) throw problem
    }
    await pause(Math.max(backoff(attempt, longestPause), (response && retryAfter(response)) ?? 0), request.signal)
    attempt += 1
  }
}

/** Seconds before the next attempt: half a second, doubled each time, at random between half of that and all of it. */
function backoff(attempt: number, longest: number): number {
  return Math.min(longest, 0.5 * 2 ** attempt) * (0.5 + Math.random() / 2)
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, seconds * 1000)
    signal.addEventListener('abort', stop, { once: true })
  })
}
