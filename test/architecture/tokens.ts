/** A piece of TypeScript, coarse: enough to tell code from strings and comments, and words from punctuation. */
export type Token = {
  readonly kind: 'word' | 'number' | 'string' | 'template' | 'regex' | 'comment' | 'punctuation'
  /** As written; of a `string` only what is between the quotes. */
  readonly text: string
  readonly line: number
}

/**
 * The tokens of a TypeScript or TSX source. Templates come as one token each, and the code inside their `${}` as
 * tokens after it. Where JSX text looks like the start of a string or a regular expression, the character counts as
 * punctuation and reading goes on behind it: such a mistake ends with its line.
 */
export function tokensOf(source: string): Token[] {
  return [...read(source, 1)]
}

const WORD = /[\p{ID_Start}$_#@][\p{ID_Continue}$\u200c\u200d]*/uy
const NUMBER = /\d[\w.]*/y
const SPACE = /\s+/y
const COMMENT = /\/\/[^\n]*|\/\*[^]*?\*\//y
const STRING = /'((?:[^'\\\n]|\\[^])*)'|"((?:[^"\\\n]|\\[^])*)"/y
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
const ARROWS = /=>|\?\.(?!\d)|\.\.\./y

function* read(source: string, firstLine: number): Generator<Token> {
  let at = 0
  let line = firstLine
  let before: Token | undefined
  while (at < source.length) {
    const { token, inner, length } = next(source, at, line, before)
    if (token !== undefined) {
      yield token
      if (token.kind !== 'comment') before = token
    }
    for (const code of inner) yield* read(code.text, code.line)
    line += countLines(source.slice(at, at + length))
    at += length
  }
}

type Step = { token?: Token; inner: readonly { text: string; line: number }[]; length: number }

function next(source: string, at: number, line: number, before: Token | undefined): Step {
  const space = match(SPACE, source, at)
  if (space !== undefined) return { inner: [], length: space[0].length }
  const comment = match(COMMENT, source, at)
  if (comment !== undefined) return step('comment', comment[0], line)
  if (source[at] === '`') return template(source, at, line)
  const text = match(STRING, source, at)
  if (text !== undefined) return { ...step('string', text[1] ?? text[2] ?? '', line), length: text[0].length }
  const regex = canStartRegex(before) ? match(REGEX, source, at) : undefined
  if (regex !== undefined) return step('regex', regex[0], line)
  const word = match(WORD, source, at)
  if (word !== undefined) return step('word', word[0], line)
  const number = match(NUMBER, source, at)
  if (number !== undefined) return step('number', number[0], line)
  return step('punctuation', match(ARROWS, source, at)?.[0] ?? source.charAt(at), line)
}

function step(kind: Token['kind'], text: string, line: number): Step {
  return { token: { kind, text, line }, inner: [], length: text.length }
}

/** From the backtick at `at` to the one that closes it, whatever templates are nested in its `${}`. */
function template(source: string, at: number, line: number): Step {
  const inner: { text: string; line: number }[] = []
  let end = at + 1
  while (end < source.length && source[end] !== '`') {
    if (source[end] === '\\') end += 2
    else if (source.startsWith('${', end)) {
      const close = closingBrace(source, end + 2)
      inner.push({ text: source.slice(end + 2, close), line: line + countLines(source.slice(at, end)) })
      end = close + 1
    } else end += 1
  }
  if (end >= source.length) throw new SyntaxError(`line ${line}: a template literal does not end`)
  const text = source.slice(at, end + 1)
  return { token: { kind: 'template', text, line }, inner, length: text.length }
}

/** The index of the `}` that ends the code beginning at `from`. */
function closingBrace(source: string, from: number): number {
  let depth = 0
  let before: Token | undefined
  let at = from
  while (at < source.length) {
    const { token, length } = next(source, at, 1, before)
    if (token?.text === '{') depth += 1
    if (token?.text === '}' && depth === 0) return at
    if (token?.text === '}') depth -= 1
    if (token !== undefined && token.kind !== 'comment') before = token
    at += length
  }
  throw new SyntaxError('a ${ in a template literal does not end')
}

const WORDS_BEFORE_REGEX = new Set(
  'return typeof case in of delete void throw new else do instanceof await yield'.split(' '),
)

/** After a value a slash divides; anywhere else it starts a regular expression. */
function canStartRegex(before: Token | undefined): boolean {
  if (before === undefined) return true
  if (before.kind === 'word') return WORDS_BEFORE_REGEX.has(before.text)
  return before.kind === 'punctuation' && !')]}<'.includes(before.text)
}

function match(pattern: RegExp, source: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(source) ?? undefined
}

function countLines(text: string): number {
  return text.split('\n').length - 1
}
