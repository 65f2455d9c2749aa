/** What goes wrong on the way. All absent: a hub on a good day. Changed by a test at any time, read at each request. */
export type Troubles = {
  /** The store resets the connection after so many bytes of each answer. */
  resetEvery?: number
  /** The store ends each answer after so many bytes, and `claims` in its Content-Length what it sends, or all of it. */
  endAfter?: { readonly bytes: number; readonly claims: 'sent' | 'all' }
  /** The store answers 200 with the whole file, whatever was asked for. */
  ignoresRanges?: boolean
  /** Nor does it say how long the file is. */
  hidesLength?: boolean
  /** One byte of what the store sends is another. */
  corrupts?: boolean
  /** Of each connection. */
  bytesPerSecond?: number
  /** So many answers of the store fall silent after so many bytes, and stay open. */
  stalls?: { readonly afterBytes: number; times: number }
  /** So many requests get this answer instead. */
  refuses?: {
    readonly at: 'api' | 'resolve' | 'store'
    readonly status: number
    readonly headers?: Readonly<Record<string, string>>
    times: number
  }
  /** Links of the store are good for so many requests. */
  linksLast?: number
  /** The tree lists files with so many bytes more than they have. */
  listsMore?: number
  /** Where the hub sends whoever asks for a file, instead of to the store. */
  redirectsTo?: string
  /** What the store calls the content, new at each request where it is a function. */
  etag?: () => string
}
