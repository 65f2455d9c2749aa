import { createHash } from 'node:crypto'

/** Something in a chat template that a person should look at before trusting it. None of them is a proof. */
export type TemplateFlag = {
  readonly kind:
    | 'content-condition'
    | 'time-condition'
    | 'address'
    | 'long-literal'
    | 'encoded-text'
    | 'hidden-characters'
    | 'escape'
    | 'endless-loop'
  /** From 1. */
  readonly line: number
  readonly why: string
}

export type TemplateFacts = {
  readonly sha256: string
  readonly chars: number
  readonly flags: readonly TemplateFlag[]
}

/**
 * A chat template runs on every request and nobody reads it: one that answers otherwise when a message speaks of a bank,
 * or after a date, is a back door that no test of the weights finds. This finds the constructs such templates need
 * and ordinary ones do not: what ordinary ones test in messages are marks such as `</think>`, never words.
 */
export function templateFacts(template: string): TemplateFacts {
  const flags = FINDERS.flatMap((find) => piecesOf(template).flatMap(find))
  return {
    sha256: createHash('sha256').update(template).digest('hex'),
    chars: template.length,
    flags: flags.toSorted((a, b) => a.line - b.line || (a.kind < b.kind ? -1 : 1)).slice(0, MAX_FLAGS),
  }
}

/** Enough to distrust a template; a hostile one could give a million. */
const MAX_FLAGS = 50

type Piece = { readonly kind: 'text' | 'statement' | 'output'; readonly text: string; readonly line: number }

/** Text, `{% statements %}` and `{{ outputs }}`; comments do nothing and are left out. */
function piecesOf(template: string): readonly Piece[] {
  const pieces: Piece[] = []
  let [line, counted] = [1, 0]
  let end = 0
  const add = (kind: Piece['kind'], from: number, to: number): void => {
    for (
      let at = template.indexOf('\n', counted);
      at !== -1 && at < from;
      at = template.indexOf('\n', at + 1)
    ) {
      line += 1
      counted = at + 1
    }
    if (to > from) pieces.push({ kind, text: template.slice(from, to), line })
  }
  for (const { 0: mark, index } of template.matchAll(/\{[%{#]/g)) {
    if (index < end) continue
    add('text', end, index)
    const close = template.indexOf(CLOSES[mark] ?? '', index + 2)
    const stop = close === -1 ? template.length : close + 2
    if (mark !== '{#') add(mark === '{%' ? 'statement' : 'output', index, stop)
    end = stop
  }
  add('text', end, template.length)
  return pieces
}

const CLOSES: Readonly<Record<string, string | undefined>> = { '{%': '%}', '{{': '}}', '{#': '#}' }

type Finder = (piece: Piece) => readonly TemplateFlag[]

const FINDERS: readonly Finder[] = [
  contentConditions,
  timeConditions,
  longLiterals,
  everywhere('address', /\b(?:https?|ftp|wss?):\/\/|\bwww\.\w/i, 'a template needs no address'),
  everywhere('encoded-text', /[A-Za-z0-9+/=]{120,}/, 'a long run of letters and digits, as in encoded text'),
  everywhere(
    'hidden-characters',
    /[\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069]|[\u{E0000}-\u{E007F}]/u,
    'characters that are not shown, or that turn the direction of text',
  ),
  code(
    'escape',
    /__\w+__|\|\s*attr\b|\b(?:lipsum|cycler|joiner)\b/,
    'reaches for the inside of the template engine',
  ),
  code('endless-loop', /\brange\s*\([^)]*(?:\d{6,}|\*\*)/, 'a loop of a hundred thousand rounds or more'),
]

function everywhere(kind: TemplateFlag['kind'], pattern: RegExp, why: string): Finder {
  return ({ text, line }) => {
    const at = text.search(pattern)
    return at === -1 ? [] : [{ kind, line: line + newLines(text, at), why }]
  }
}

function code(kind: TemplateFlag['kind'], pattern: RegExp, why: string): Finder {
  const find = everywhere(kind, pattern, why)
  return (piece) => (piece.kind === 'text' ? [] : find(piece))
}

/** A condition that compares what somebody wrote with words. */
function contentConditions({ kind, text, line }: Piece): readonly TemplateFlag[] {
  if (kind === 'text' || !isCondition(text) || !/\bcontent\b|\[-?\d+\]/.test(withoutLiterals(text))) return []
  if (!/\bcontent\b|['"]content['"]/.test(text)) return []
  const words = literalsOf(text).filter((literal) => literal !== 'content' && isWords(literal))
  if (words.length === 0) return []
  return [
    { kind: 'content-condition', line, why: `what a message says is compared with ${shown(words[0] ?? '')}` },
  ]
}

function timeConditions({ kind, text, line }: Piece): readonly TemplateFlag[] {
  if (kind === 'text' || !isCondition(text) || !/\bstrftime_now\b|\bnow\s*\(/.test(text)) return []
  // Whether the function is there is asked by many; what it says, by none.
  if (/\bstrftime_now\s+is\s+(?:not\s+)?defined\b/.test(text) && !/[<>=]=|[<>]/.test(text)) return []
  return [{ kind: 'time-condition', line, why: 'it behaves otherwise at another time' }]
}

function isCondition(text: string): boolean {
  return /\b(?:if|elif|in)\b|[=!]=/.test(text)
}

/** The longest in common templates, the instructions for tools, have some 700. */
const LONG_LITERAL = 1_200

function longLiterals({ kind, text, line }: Piece): readonly TemplateFlag[] {
  const longest =
    kind === 'text' ? text.trim().length : Math.max(0, ...literalsOf(text).map(({ length }) => length))
  if (longest <= LONG_LITERAL) return []
  return [{ kind: 'long-literal', line, why: `${longest} characters of its own go into every prompt` }]
}

function literalsOf(text: string): readonly string[] {
  return Array.from(text.matchAll(LITERAL), ([, single, double]) => single ?? double ?? '')
}

function withoutLiterals(text: string): string {
  return text.replace(LITERAL, (literal) => (/^['"]content['"]$/.test(literal) ? 'content' : "''"))
}

const LITERAL = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g

/** Names of fields and roles that stand beside a content in the same condition. */
const ORDINARY = new Set(
  'assistant content developer function image image_url input_text ipython name role system text tool tool_calls tool_response tools type user video'.split(
    ' ',
  ),
)

/** `bank account`, and not `<think>`, `[INST]`, `\n` or a role. */
function isWords(literal: string): boolean {
  const text = literal.trim()
  return /\p{L}{3}/u.test(text) && !/[<>[\]{}|]/.test(text) && !ORDINARY.has(text) && !/^\\?[nrt]$/.test(text)
}

function newLines(text: string, until: number): number {
  return text.slice(0, until).split('\n').length - 1
}

function shown(words: string): string {
  return `“${words.length <= 40 ? words : `${words.slice(0, 39)}…`}”`
}
