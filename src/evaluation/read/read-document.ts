import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { isUtf8 } from 'node:buffer'
import type { z } from 'zod'
import { invalid, MusivumError } from '../../core/errors.ts'
import type { Json } from '../../core/json.ts'
import type { World } from '../world.ts'

/**
 * One small JSON document, such as a certificate. Texts of it are never repeated: the wrong file may have been named.
 *
 * The `error` texts of a schema finish the sentence "expected …".
 *
 * @throws MusivumError `request.invalid`: a file that cannot be read, is no JSON, or does not fit, by the place of the field
 */
export async function readDocument<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  world: Pick<World, 'cwd'>,
  /** Where in the file the document stands; all of it unless said. */
  place: (whole: Json) => unknown = (whole) => whole,
): Promise<z.output<Schema>> {
  const parsed = schema.safeParse(place(parse(file, await readText(file, world.cwd))))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw invalid(`${file}: ${issue === undefined ? 'the document is wrong' : fault(issue)}`)
}

/** A certificate over the finest grid is 200 KB, a thousand slices of a site as much. */
const MAX_BYTES = 4 * 1024 * 1024

/** @throws MusivumError `request.invalid`, named as the user typed it: absent, a folder, too large, or not UTF-8 */
export async function readText(file: string, cwd: string): Promise<string> {
  try {
    await using handle = await open(resolve(cwd, file))
    const bytes = Buffer.alloc(MAX_BYTES + 1)
    let length = 0
    // Until the end, because a pipe gives a part at a time and has no size to ask for.
    for (let part = -1; part !== 0; length += part)
      part = (await handle.read(bytes, length, bytes.length - length)).bytesRead
    if (length > MAX_BYTES) throw invalid(`${file}: more than ${MAX_BYTES} bytes; expected one document`)
    const text = bytes.subarray(0, length)
    if (!isUtf8(text)) throw invalid(`${file}: not UTF-8; expected a text file`)
    return text.toString('utf8')
  } catch (cause) {
    if (cause instanceof MusivumError) throw cause
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown'
    throw new MusivumError(
      'request.invalid',
      `${file}: ${FAULTS[code] ?? `cannot be read (${code})`}`,
      {},
      { cause },
    )
  }
}

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'this is a folder; expected a file',
  EACCES: 'this account may not read the file',
}

function parse(file: string, text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    // The parser's own message quotes the text.
    throw invalid(`${file}: not JSON, or cut off; expected one JSON document`)
  }
}

function fault(issue: z.core.$ZodIssue): string {
  const place = issue.path.reduce<string>(
    (path, key) =>
      typeof key === 'number' ? `${path}[${key}]` : path === '' ? String(key) : `${path}.${String(key)}`,
    '',
  )
  if (issue.code === 'unrecognized_keys')
    return `${place === '' ? '' : `${place}: `}unknown field "${issue.keys[0]?.slice(0, 40) ?? ''}"; expected version 1 of the document`
  return `${place === '' ? '' : `${place}: `}expected ${issue.message}`
}
