import { isSeq, LineCounter, parseDocument, type Document } from 'yaml'
import { invalid } from '../../../core/errors.ts'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../../core/json.ts'
import { fileChunks } from '../file-chunks.ts'
import { fileTopic } from '../file-topic.ts'
import type { ImportedRow, Source } from '../importer.ts'
import { listIn, nameIn, objectIn, textIn } from '../row-fields.ts'
import { itemOf, testsOf } from './promptfoo-tests.ts'

/**
 * The tests of a configuration, or of a YAML file that is a list of tests. JSON is YAML, so both are read as YAML,
 * which knows the line of each test.
 *
 * @throws MusivumError `request.invalid`: not YAML, too large, or tests that are not there
 */
export async function* promptfooConfigRows(source: Source): AsyncGenerator<ImportedRow> {
  const { config, lines } = await readConfig(source)
  const tests = isJsonArray(config) ? config : objectIn(config)['tests']
  const settings = isJsonArray(config) ? {} : objectIn(config)
  if (!isJsonArray(tests))
    throw invalid(
      `${source.path}: "tests" is no list; expected the tests here, or import the file that holds them`,
    )
  const task = source.task ?? nameIn(settings['description']) ?? fileTopic(source.path)
  const template = templateOf(settings['prompts'], source)
  if (settings['scenarios'] !== undefined)
    source.world.note(`${source.path}: its scenarios are not imported, only its tests`, 'yellow')
  for (const [place, entry] of tests.entries()) {
    const where = { file: source.path, line: lines[place] ?? 1 }
    for (const test of testsOf(entry, objectIn(settings['defaultTest'])))
      yield typeof test === 'string'
        ? { kind: 'wrong', where, fault: test }
        : { kind: 'read', where, item: itemOf(test, task, filled(template, test.vars)) }
  }
}

type Config = { readonly config: Json; readonly lines: readonly number[] }

async function readConfig({ path, world }: Source): Promise<Config> {
  const counter = new LineCounter()
  const document = parseDocument(await wholeText(path, world), { lineCounter: counter, merge: true })
  const [error] = document.errors
  if (error !== undefined) {
    const { line } = counter.linePos(error.pos[0])
    // The parser's own words quote the file.
    throw invalid(`${path}:${line}: this is not YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`)
  }
  return { config: document.toJS() as Json, lines: testLines(document, counter) }
}

function testLines(document: Document.Parsed, counter: LineCounter): readonly number[] {
  const tests = isSeq(document.contents) ? document.contents : document.get('tests', true)
  if (!isSeq(tests)) return []
  return tests.items.map((item) => {
    const range = (item as { readonly range?: readonly number[] | null } | null)?.range
    return counter.linePos(range?.[0] ?? 0).line
  })
}

async function wholeText(path: string, world: Source['world']): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of fileChunks(path, world)) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > MAX_CONFIG_BYTES)
      throw invalid(
        `${path}: the file is larger than ${MAX_CONFIG_BYTES} bytes; expected tests as CSV or JSON Lines`,
      )
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** YAML is held as a tree of about thirty times its bytes, so half a gigabyte. Tables of tests are CSV or JSON Lines. */
const MAX_CONFIG_BYTES = 16 * 1024 * 1024

/** The one prompt of the configuration, when it has one, stands here and needs no more than its variables filled in. */
function templateOf(prompts: Json | undefined, { path, world }: Source): string | undefined {
  const all = isJsonArray(prompts) ? prompts : listIn(prompts === undefined ? [] : [prompts])
  const texts = all.map((prompt) => textIn(isJsonObject(prompt) ? prompt['raw'] : prompt))
  const [only] = texts
  if (texts.length === 1 && only !== undefined && !IN_A_FILE.test(only) && !only.includes('{%')) return only
  if (texts.length > 0)
    world.note(
      `${path}: ${whyNoTemplate(texts.length)}; the prompt of an item is made of its variables`,
      'yellow',
    )
  return undefined
}

const IN_A_FILE = /^file:\/\/|\.(txt|json|jsonl|ya?ml|js|mjs|ts|py|md)(:\w+)?$/

function whyNoTemplate(count: number): string {
  return count === 1 ? 'its prompt is in another file or has logic in it' : `it has ${count} prompts`
}

/** `{{ name }}` filled in; undefined when something else is left, such as a filter. */
function filled(template: string | undefined, vars: JsonObject): string | undefined {
  const text = template?.replaceAll(
    /\{\{\s*([\w.]+)\s*\}\}/g,
    (whole, name: string) => textIn(vars[name]) ?? whole,
  )
  return text?.includes('{{') === true ? undefined : text
}
