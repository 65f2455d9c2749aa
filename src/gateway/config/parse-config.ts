import { isMap, LineCounter, parseDocument, visit, type Alias, type Document } from 'yaml'
import { configSchema, type ConfigFile } from './schema.ts'
import { schemaProblems, type Problem } from './schema-problems.ts'
import { dotted, keyOf, lineAt, lineOf, pathOfKeyAt, startOf, type Path } from './yaml-places.ts'

/** A configuration as written, or every problem in it: `12: models.mock.base_ur: unknown key; did you mean base_url?` */
export type ParsedConfig =
  | { readonly kind: 'parsed'; readonly config: ConfigFile; readonly lineOf: (path: Path) => number }
  | { readonly kind: 'wrong'; readonly problems: readonly Problem[] }

/** The content of a `musivum.yaml`, checked against the schema. All problems are found at once, in the order of the lines. */
export function parseConfig(source: string): ParsedConfig {
  const lines = new LineCounter()
  // `prettyErrors` would copy the source line into the message, and with it whatever secret stands there.
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const yamlProblems = syntaxProblems(document, lines)
  if (yamlProblems.length > 0) return wrong(yamlProblems)
  const value = valueOf(document)
  const place = { document, lines }
  if (value.kind === 'wrong') return wrong([{ line: lineAt(place, value.offset), text: value.text }])
  const result = configSchema.safeParse(withEngines(value.value))
  if (!result.success) return wrong(schemaProblems(result.error.issues, place))
  const hidden = hiddenKeys(document, lines)
  if (hidden.length > 0) return wrong(hidden)
  return { kind: 'parsed', config: result.data, lineOf: (path) => lineOf(place, path) }
}

/** Every vendor we have a table of speaks OpenAI's protocol, so naming one says what the engine is. */
function withEngines(config: unknown): unknown {
  if (!isRecord(config) || !isRecord(config['models'])) return config
  const models = Object.entries(config['models']).map(([name, entry]) =>
    isRecord(entry) && 'vendor' in entry && !('engine' in entry)
      ? [name, { engine: 'openai', ...entry }]
      : [name, entry],
  )
  return { ...config, models: Object.fromEntries(models) }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(problems: readonly Problem[]): ParsedConfig {
  return { kind: 'wrong', problems: problems.toSorted((a, b) => a.line - b.line) }
}

function syntaxProblems(document: Document.Parsed, lines: LineCounter): readonly Problem[] {
  // An unknown tag is only a warning in YAML; `!secret x` read as the text "x" would be a surprise.
  const all = [...document.errors, ...document.warnings]
  const told = all.some((error) => error.code === 'RESOURCE_EXHAUSTION') ? all.slice(0, 1) : all
  return told.slice(0, MAX_SYNTAX_PROBLEMS).map((error) => {
    const line = lineAt({ lines }, error.pos[0])
    if (error.code === 'DUPLICATE_KEY') return { line, text: duplicateKey(document, lines, error.pos[0]) }
    return { line, text: SYNTAX[error.code] ?? withoutFullStop(error.message) }
  })
}

// One missing bracket makes an error on each line that follows; the first few say it.
const MAX_SYNTAX_PROBLEMS = 10

// The library's words where they speak of its API, its stack or the source text.
const SYNTAX: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab is used as indentation; YAML wants spaces',
  MULTIPLE_DOCS: 'a second document begins here; a configuration is one document',
  RESOURCE_EXHAUSTION: 'nested too deeply',
  NON_STRING_KEY: 'a list or mapping stands where a key must stand',
  TAG_RESOLVE_FAILED: 'a tag (`!…`) that means nothing here; expected a plain value',
  BAD_DIRECTIVE: 'a directive (`%…`) that means nothing here',
}

function withoutFullStop(text: string): string {
  return text.replace(/\.$/, '')
}

function duplicateKey(document: Document.Parsed, lines: LineCounter, offset: number): string {
  const path = pathOfKeyAt(document.contents, offset, [])
  if (path === undefined) return 'a key is there twice'
  return `${dotted(path)}: is there twice; the first is on line ${lineOf({ document, lines }, path)}`
}

type Value =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'wrong'; readonly offset: number; readonly text: string }

function valueOf(document: Document.Parsed): Value {
  try {
    // Comments only, or nothing at all, is a configuration that says nothing.
    return { kind: 'value', value: document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {} }
  } catch (thrown) {
    // The two ways in which a document that parses has no value: an alias without its anchor, and aliases of aliases of
    // aliases ("billion laughs"). The library says both with a ReferenceError.
    if (!(thrown instanceof ReferenceError)) throw thrown
    const lost = unresolvedAlias(document)
    return lost === undefined
      ? { kind: 'wrong', offset: 0, text: 'too many aliases' }
      : { kind: 'wrong', offset: startOf(lost), text: 'an alias (`*…`) whose anchor (`&…`) is missing' }
  }
}

function unresolvedAlias(document: Document.Parsed): Alias | undefined {
  let lost: Alias | undefined
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return undefined
      lost = alias
      return visit.BREAK
    },
  })
  return lost
}

const MAX_ALIASES = 100

/** Keys that JavaScript would swallow: a model called `__proto__` must be refused, not silently missing. */
function hiddenKeys(document: Document.Parsed, lines: LineCounter): readonly Problem[] {
  const models: unknown = document.get('models')
  if (!isMap(models)) return []
  const hidden = models.items.filter((pair) => keyOf(pair) === '__proto__')
  return hidden.map((pair) => ({
    line: lineAt({ lines }, startOf(pair.key)),
    text: 'models.__proto__: not a name for a model',
  }))
}
