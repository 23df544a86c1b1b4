import { Webhook, WebhookVerificationError } from 'standardwebhooks'

import type { components } from './schema.js'

export { WebhookVerificationError }

/** A message to a webhook endpoint; its `type` says what `data` is. */
export type WebhookPayload = components['schemas']['WebhookPayload']

/**
 * Verifies a message by Standard Webhooks 1.0 with the official library, and returns it. Throws a
 * `WebhookVerificationError` if the signature is wrong or the message is more than five minutes old.
 *
 * @param secret the endpoint's `whsec_…` secret; while it is rotated, messages carry signatures of both
 * @param headers the request's headers
 * @param body the request's body as it came: not parsed and serialised again
 */
export function verifyWebhook(secret: string, headers: Headers | Record<string, string | string[] | undefined>, body: string): WebhookPayload {
  const get = (name: string): string => {
    const value = headers instanceof Headers ? headers.get(name) : headers[name]
    return (Array.isArray(value) ? value[0] : value) ?? ''
  }
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const
  return new Webhook(secret).verify(body, Object.fromEntries(names.map((name) => [name, get(name)]))) as WebhookPayload
}
