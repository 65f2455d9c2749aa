import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node as YamlNode,
  type YAMLMap,
} from 'yaml'
import { nearestNames } from '../../core/nearest.ts'

/** A YAML text being read: values are taken field by field, and what is wrong is gathered with its line. */
export type YamlText = {
  readonly root: YamlValue
  /** `rules.yaml:12: rules.0.when: …`, in the order of the lines. */
  readonly problems: () => readonly string[]
}

/** A value with the place it stands at. */
export type YamlValue = {
  /** `rules.yaml:12` */
  readonly at: string
  /** `rules.2.when` */
  readonly path: string
  readonly node: unknown
  /** Says what is wrong with it. */
  readonly wrong: (text: string) => void
  readonly inside: (node: unknown, key: string | number, keyNode?: unknown) => YamlValue
}

export function openYaml(source: string, shown: string): YamlText {
  const lines = new LineCounter()
  // `prettyErrors` would copy source lines into the message.
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const found: { readonly line: number; readonly text: string }[] = []
  const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line)
  for (const error of [...document.errors, ...document.warnings].slice(0, MAX_SYNTAX_PROBLEMS))
    found.push({ line: lineAt(error.pos[0]), text: error.message.replace(/\.$/, '') })

  const value = (node: unknown, path: string, line: number): YamlValue => ({
    at: `${shown}:${line}`,
    path,
    node: resolved(node, document),
    wrong: (text) => void found.push({ line, text: path === '' ? text : `${path}: ${text}` }),
    inside: (inner, key, keyNode) =>
      value(inner, path === '' ? `${key}` : `${path}.${key}`, lineAt(startOf(keyNode ?? inner) ?? 0)),
  })
  return {
    root: value(document.errors.length > 0 ? undefined : document.contents, '', 1),
    problems: () =>
      found.toSorted((a, b) => a.line - b.line).map(({ line, text }) => `${shown}:${line}: ${text}`),
  }
}

// One missing bracket makes an error on each line that follows; the first few say it.
const MAX_SYNTAX_PROBLEMS = 10

function resolved(node: unknown, document: Document.Parsed): unknown {
  return isAlias(node) ? node.resolve(document) : node
}

function startOf(node: unknown): number | undefined {
  return (node as YamlNode | null | undefined)?.range?.[0]
}

/** The fields of a mapping by name; undefined, and said, where it is no mapping. Unknown names are said with the nearest known one. */
export function fieldsOf(
  value: YamlValue,
  known: readonly string[] | 'any',
): ReadonlyMap<string, YamlValue> | undefined {
  if (!isMap(value.node)) {
    value.wrong(`expected a mapping${found(value.node)}`)
    return undefined
  }
  const fields = new Map<string, YamlValue>()
  for (const [key, field] of pairsOf(value, value.node)) {
    if (known !== 'any' && !known.includes(key)) field.wrong(unknownKey(key, known))
    fields.set(key, field)
  }
  return fields
}

function pairsOf(value: YamlValue, map: YAMLMap): readonly (readonly [string, YamlValue])[] {
  return map.items.map((pair) => {
    const key = isScalar(pair.key) ? String(pair.key.value).slice(0, MAX_KEY_CHARS) : ''
    return [key, value.inside(pair.value, key, pair.key)] as const
  })
}

// Longer than any key of ours; a key of a megabyte must not come back as a message of a megabyte.
const MAX_KEY_CHARS = 64

function unknownKey(key: string, known: readonly string[]): string {
  const [nearest] = nearestNames(key, known, 1)
  return `unknown key; ${nearest === undefined ? `known here: ${known.join(', ')}` : `did you mean ${nearest}?`}`
}

export function listOf(value: YamlValue, most: number): readonly YamlValue[] {
  if (!isSeq(value.node)) {
    value.wrong(`expected a list${found(value.node)}`)
    return []
  }
  const { items } = value.node
  if (items.length > most) value.wrong(`has ${items.length} entries; at most ${most} are read`)
  return items.slice(0, most).map((item, index) => value.inside(item, index))
}

/** A text, number, true or false; undefined for anything else. */
export function scalarOf({ node }: YamlValue): string | number | boolean | undefined {
  const content: unknown = isScalar(node) ? node.value : undefined
  return typeof content === 'string' || typeof content === 'number' || typeof content === 'boolean'
    ? content
    : undefined
}

export function textOf(value: YamlValue, expected = 'text'): string | undefined {
  const content = scalarOf(value)
  if (typeof content === 'string' && content.trim() !== '') return content
  value.wrong(`expected ${expected}${found(value.node)}`)
  return undefined
}

export function choiceOf<const Choice extends string>(
  value: YamlValue,
  choices: readonly Choice[],
): Choice | undefined {
  const content = scalarOf(value)
  const choice = choices.find((each) => each === content)
  if (choice !== undefined) return choice
  const [nearest] = typeof content === 'string' ? nearestNames(content, choices, 1) : []
  value.wrong(
    nearest === undefined
      ? `expected ${choices.join(', ')}${found(value.node)}`
      : `unknown word; did you mean ${nearest}?`,
  )
  return undefined
}

function found(node: unknown): string {
  if (isMap(node)) return ', found a mapping'
  if (isSeq(node)) return ', found a list'
  if (!isScalar(node) || node.value === null) return ', found nothing'
  if (typeof node.value === 'string')
    return node.value.trim() === '' ? ', found an empty text' : ', found text'
  return typeof node.value === 'number' || typeof node.value === 'boolean' ? `, found ${node.value}` : ''
}
