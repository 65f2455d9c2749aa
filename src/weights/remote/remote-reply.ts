import type { Dispatcher } from 'undici'

export type ReplyHeaders = Dispatcher.ResponseData['headers']

export type RemoteReply = {
  readonly status: number
  readonly headers: ReplyHeaders
  /** Must be read, dumped or destroyed; an unread one holds its connection. */
  readonly body: Dispatcher.ResponseData['body']
  /** Where it came from in the end, after redirects. It may be signed: never shown, never kept. */
  readonly url: string
  /** Of the first answer, where a hub says what the file is before it sends us elsewhere. */
  readonly firstHeaders: ReplyHeaders
}

export function headerOf(headers: ReplyHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

/** Reads an answer that nobody needs to its end, so that its connection can be used again; a long one is cut off. */
export async function drain({ body }: Pick<RemoteReply, 'body'>): Promise<void> {
  try {
    await body.dump({ limit: MAX_DRAINED_BYTES })
  } catch {
    // The connection is gone, and with it what was not wanted. The next call opens another, or says why it cannot.
  }
}

/** What a server says beside a status: a line of JSON or a page. */
const MAX_DRAINED_BYTES = 16 * 1024

/** Closes the connection of an answer that would go on for long. */
export function abandon({ body }: Pick<RemoteReply, 'body'>): void {
  // The library reports our own closing as an error, which ends the process when nobody listens.
  body.on('error', () => undefined).destroy()
}
