import { invalid } from '../../core/errors.ts'
import type { World } from '../world.ts'
import { fileChunks } from './file-chunks.ts'
import type { JsonPart, Wanted } from './json-part.ts'
import { JsonScanner } from './json-scanner.ts'

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
