import { problemOf } from './problem.js'

/** Gives the bearer token of a request. `renew` means that the last one was rejected. */
export type TokenSource = (renew: boolean) => Promise<string>

export interface ClientCredentialsOptions {
  /** The API's address, without a path. */
  baseUrl: string
  clientId: string
  clientSecret: string
  /** The scopes that the token shall have; all of the client's if absent. */
  scope?: string
  fetch?: (request: Request) => Promise<Response>
}

/** Tokens that are renewed this many seconds before they expire. */
const EARLY = 30

/**
 * Access tokens by OAuth 2.0 client credentials (RFC 6749, section 4.4). A token is kept until shortly before it expires;
 * callers that ask at the same time share one request. Not for web pages: the secret must stay on a server.
 */
export function clientCredentials(options: ClientCredentialsOptions): TokenSource {
  const { baseUrl, clientId, clientSecret, scope, fetch = globalThis.fetch } = options
  let current: Promise<{ token: string; until: number }> | undefined

  async function request(): Promise<{ token: string; until: number }> {
    // Each part is form-encoded before Basic (RFC 6749, section 2.3.1).
    const credentials = btoa(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`)
    const body = new URLSearchParams({ grant_type: 'client_credentials' })
    if (scope !== undefined) body.set('scope', scope)
    const asked = Date.now()
    const response = await fetch(
      new Request(new URL('/oauth/token', baseUrl), { method: 'POST', headers: { Authorization: `Basic ${credentials}` }, body }),
    )
    if (!response.ok) throw await oauthError(response)
    const answer = (await response.json()) as { access_token: string; expires_in: number }
    return { token: answer.access_token, until: asked + (answer.expires_in - EARLY) * 1000 }
  }

  return async (renew) => {
    const known = current
    if (known !== undefined && !renew) {
      const { token, until } = await known
      if (Date.now() < until) return token
    }
    // Another caller may have begun while this one waited.
    if (current === known) {
      const begun = request()
      current = begun
      begun.catch(() => {
        if (current === begun) current = undefined
      })
    }
    return (await (current ?? request())).token
  }
}

/** The token endpoint's errors have OAuth's own form (RFC 6749, section 5.2). */
async function oauthError(response: Response): Promise<Error> {
  if (!(response.headers.get('Content-Type') ?? '').startsWith('application/json')) return problemOf(response)
  const { error, error_description: description } = (await response.json()) as { error?: string; error_description?: string }
  return new Error(`No access token: ${[error, description].filter(Boolean).join(': ')}`)
}
