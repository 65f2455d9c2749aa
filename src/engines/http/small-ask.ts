import { request, type Dispatcher } from 'undici'
import { isJsonObject, type JsonObject } from '../../core/json.ts'

export type SmallAnswer = { readonly status: number; readonly json: JsonObject }

// What a model says of itself with its chat template is some tens of KB.
const MAX_BYTES = 8 * 1024 * 1024

/** One small JSON document from a server; an empty one where it said something else. Rejects when nobody answers. */
export async function askServer(
  url: string,
  options: {
    readonly signal: AbortSignal
    readonly dispatcher?: Dispatcher
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: JsonObject
  },
): Promise<SmallAnswer> {
  const { body, headers = {}, ...rest } = options
  const response = await request(url, {
    ...rest,
    method: body === undefined ? 'GET' : 'POST',
    headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  })
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BYTES) break
    chunks.push(chunk)
  }
  return { status: response.statusCode, json: size > MAX_BYTES ? {} : parsed(Buffer.concat(chunks)) }
}

function parsed(body: Buffer): JsonObject {
  try {
    const json: unknown = JSON.parse(body.toString('utf8'))
    return isJsonObject(json) ? json : {}
  } catch {
    // A web page, or a line of text: nothing in it is what was asked for.
    return {}
  }
}
