import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** The hash of a file as it is, in lower-case hex. */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  const source = createReadStream(path, { highWaterMark: READ_BYTES, ...(signal && { signal }) })
  for await (const chunk of source) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** Weights are tens of gigabytes; larger reads are fewer turns of the event loop. */
const READ_BYTES = 1024 * 1024
