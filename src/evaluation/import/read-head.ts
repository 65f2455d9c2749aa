import { MusivumError } from '../../core/errors.ts'
import type { World } from '../world.ts'
import { splitRecord } from './csv-records.ts'
import { fileChunks } from './file-chunks.ts'
import { JsonScanner } from './json-scanner.ts'

/** What the beginning of a file says about the whole of it. */
export type Head = {
  readonly file: string
  /** `lines`: one JSON object per line; `list`: a JSON document that is a list; `document`: any other JSON document. */
  readonly container: 'empty' | 'lines' | 'list' | 'document' | 'csv' | 'yaml'
  /**
   * Names of fields as JSON Pointers, three levels deep, as far as the head goes: of the document, of the first row, or
   * the columns of a CSV file.
   */
  readonly keys: ReadonlySet<string>
}

/**
 * Reads as much of a file as it takes to recognise it.
 *
 * @throws MusivumError `request.invalid`: what `fileChunks` throws
 */
export async function readHead(file: string, world: Pick<World, 'cwd' | 'signal'>): Promise<Head> {
  const text = await firstText(file, world)
  const start = text.trimStart()
  if (start === '') return { file, container: 'empty', keys: new Set() }
  if (start.startsWith('[')) return { file, container: 'list', keys: keysBelow(file, text, '/0') }
  if (start.startsWith('{')) return jsonHead(file, start)
  return looksLikeYaml(file, start)
    ? { file, container: 'yaml', keys: yamlKeys(start) }
    : csvHead(file, start)
}

/** Enough for the first row of most files and for the keys of any. */
const HEAD_BYTES = 128 * 1024

async function firstText(file: string, world: Pick<World, 'cwd' | 'signal'>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of fileChunks(file, world)) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= HEAD_BYTES) break
  }
  // A character that is cut in two here is whole when the file is read.
  return Buffer.concat(chunks).toString('utf8')
}

/** A document over several lines begins with a line that is no whole object. On one line, its lists tell it from a row. */
function jsonHead(file: string, start: string): Head {
  const keys = keysBelow(file, start, '')
  const lineEnd = start.indexOf('\n')
  const rest = lineEnd === -1 ? '' : start.slice(lineEnd).trim()
  const document =
    rest === '' ? ROW_LISTS.some((key) => keys.has(key)) : !start.slice(0, lineEnd).trimEnd().endsWith('}')
  return { file, container: document ? 'document' : 'lines', keys }
}

const ROW_LISTS = ['/results/results', '/samples', '/tests']

function keysBelow(file: string, text: string, below: string): ReadonlySet<string> {
  const keys = new Set<string>()
  const scanner = new JsonScanner(file, [{ at: '/*/*/*/*/*' }], (path) => {
    const key = `/${path.join('/')}`
    if (keys.size < MAX_KEYS && path.length <= 4 && key.startsWith(`${below}/`))
      keys.add(key.slice(below.length))
  })
  try {
    scanner.add(text)
  } catch (thrown) {
    // A broken row is told where rows are read; its first keys still say what the file is.
    if (!(thrown instanceof MusivumError)) throw thrown
  }
  return keys
}

/** A document with a key for each of its rows would fill the set; formats are known by far fewer. */
const MAX_KEYS = 2000

function looksLikeYaml(file: string, start: string): boolean {
  return /\.ya?ml(\.gz)?$/.test(file) || /^(---|#|- |[A-Za-z_]\w*:(\s|$))/.test(start)
}

/** Names of the top level and of the first one below it. By line, because a head is cut off and no YAML on its own. */
function yamlKeys(start: string): ReadonlySet<string> {
  const names = start.matchAll(/^(?:- | {2})?["']?([A-Za-z_]\w*)["']?:/gm)
  return new Set(Array.from(names, ([, name]) => `/${name}`))
}

function csvHead(file: string, start: string): Head {
  const record = splitRecord(start.split(/\r?\n/, 1)[0] ?? '')
  const columns = record.kind === 'fields' ? record.fields : []
  return { file, container: 'csv', keys: new Set(columns.map((name) => `/${name.trim()}`)) }
}
