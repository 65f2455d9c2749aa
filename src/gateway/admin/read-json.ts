import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { MusivumError } from '../../core/errors.ts'
import { parseJsonBody } from '../../wire/json-body.ts'
import { readBody } from '../http-exchange.ts'
import { checkBody } from './check-input.ts'

// A key with 300 names of 200 characters, which is more than anyone writes.
const MAX_BODY_BYTES = 64 * 1024

/**
 * The JSON of a write, checked. An empty body is an empty object.
 *
 * @throws MusivumError `request.*`, naming the field
 */
export async function readJson<Schema extends z.ZodType>(
  request: IncomingMessage,
  schema: Schema,
  refused: Readonly<Record<string, string>>,
): Promise<z.output<Schema>> {
  const type = request.headers['content-type'] ?? ''
  // Browsers send forms and plain text to other sites without asking; JSON they ask for first, and are refused.
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new MusivumError('request.invalid', 'content-type: expected application/json', {
      param: 'content-type',
    })
  }
  const text = await bounded(readBody(request, MAX_BODY_BYTES))
  return checkBody(schema, text.trim() === '' ? {} : parseJsonBody(text), refused)
}

/** The usual sentence points to a limit of the configuration, and this one is not there. */
async function bounded(reading: Promise<string>): Promise<string> {
  try {
    return await reading
  } catch (error) {
    if (!(error instanceof MusivumError) || error.code !== 'request.too_large') throw error
    throw new MusivumError('request.too_large', `The body is over ${MAX_BODY_BYTES / 1024} KiB.`, error.facts)
  }
}
