import type { PlenariaClient } from './client.js'
import type { components, operations } from './schema.js'

/** A page of a list. */
export interface Page<T> {
  data: T[]
  page: { limit: number; next_cursor: string | null }
}

/**
 * All items of a list, page by page:
 *
 * `for await (const event of items((cursor) => client.GET('/v1/events', { params: { query: { ...cursor } } }))) …`
 *
 * The argument of the callback is `{}` for the first page, and `{ cursor }` for the others: keep the filters the same.
 */
export async function* items<T>(
  read: (cursor: { cursor?: string }) => Promise<{ data?: Page<T> | undefined }>,
): AsyncGenerator<T, void, undefined> {
  let cursor: { cursor?: string } = {}
  for (;;) {
    const { data } = await read(cursor)
    if (data === undefined) return
    yield* data.data
    if (data.page.next_cursor === null) return
    cursor = { cursor: data.page.next_cursor }
  }
}

/** A change of the feed; its `type` says what `data` is. */
export type Change = components['schemas']['Change']
type ChangesQuery = NonNullable<operations['list_changes']['parameters']['query']>

export interface ChangesOptions {
  /** Where to go on: the last cursor that was kept; from the oldest change if absent. */
  cursor?: string | undefined
  types?: NonNullable<ChangesQuery['types']>
  /** Seconds that the server waits for a change; 30 unless said otherwise. */
  wait?: number
  /** Stop when the feed is at its end, instead of waiting for more. */
  once?: boolean
  signal?: AbortSignal
}

/**
 * The feed of changes, without end: pages of changes with the cursor that follows them. Keep the cursor in the same
 * transaction as the effect of the changes, and nothing is missed or done twice.
 */
export async function* changes(
  client: PlenariaClient,
  options: ChangesOptions = {},
): AsyncGenerator<{ changes: Change[]; cursor: string }, void, undefined> {
  const { types, signal, once = false } = options
  let cursor = options.cursor
  for (;;) {
    const { data } = await client.GET('/v1/changes', {
      params: {
        query: {
          ...(cursor === undefined ? {} : { cursor }),
          ...(types === undefined ? {} : { types }),
          wait: once ? 0 : (options.wait ?? 30),
        },
      },
      ...(signal === undefined ? {} : { signal }),
    })
    if (data === undefined) return
    cursor = data.page.next_cursor
    if (data.data.length > 0) yield { changes: data.data, cursor }
    else if (once) return
  }
}
