import { invalid } from '../../core/errors.ts'
import type { Json } from '../../core/json.ts'
import type { World } from '../world.ts'
import { fileChunks } from './file-chunks.ts'
import { JsonScanner } from './json-scanner.ts'

/** Which values of a document are wanted: `/samples/*` is every element of its list `samples`. */
export type Wanted = {
  /** A JSON Pointer (RFC 6901) in which `*` stands for any one key; '' is the whole document. */
  readonly at: string
  /** Of an object only these fields; the others, such as a log of every event, are passed over without being held. */
  readonly only?: readonly string[]
}

export type JsonPart = {
  readonly path: readonly string[]
  /** Undefined when it is not JSON. */
  readonly value: Json | undefined
}

/**
 * The wanted values of a JSON document of any size, one after the other, in the memory of the largest of them. What is
 * not wanted is only looked at for where it ends.
 *
 * @throws MusivumError `request.invalid`, as `file:line: …`: a document that is cut off, not UTF-8 or not JSON
 */
export async function* jsonParts(
  file: string,
  world: Pick<World, 'cwd' | 'signal'>,
  wanted: readonly Wanted[],
): AsyncGenerator<JsonPart, void, undefined> {
  const scanner = new JsonScanner(file, wanted)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  for await (const chunk of fileChunks(file, world)) {
    scanner.add(decode(decoder, chunk, scanner))
    yield* scanner.takeParts()
  }
  scanner.add(decode(decoder, undefined, scanner))
  scanner.end()
  yield* scanner.takeParts()
}

function decode(
  decoder: InstanceType<typeof TextDecoder>,
  chunk: Buffer | undefined,
  scanner: JsonScanner,
): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
  } catch (cause) {
    const error = invalid(
      `${scanner.place()}: here or soon after it is not UTF-8; expected a file saved as UTF-8`,
    )
    error.cause = cause
    throw error
  }
}
