import { strict as assert } from 'node:assert'
import { partsOf, type CallSyntax, type PatternPart } from './call-syntax.ts'
import type { CallPiece } from './tool-use.ts'

export type ReadPiece = { readonly kind: 'text'; readonly text: string } | CallPiece

/** Takes an answer apart into text and calls while it is written, wherever it is cut. */
export type CallReader = {
  readonly push: (text: string) => readonly ReadPiece[]
  /** What was held back. A call that is still open ends, cut: the reason of the answer says so. */
  readonly end: () => readonly ReadPiece[]
  /** From here on what is written is a call and no text. */
  readonly calling: () => boolean
  /** Calls that came whole. */
  readonly wholeCalls: () => number
}

export type Expected = {
  /** Calls are only looked for where the answer begins, because JSON that was asked for may hold their marker. */
  readonly alone?: boolean
  /** There must be a call, so half of what it begins with is no text. */
  readonly required?: boolean
}

/** For an answer that was written under `callGrammar`: what cannot be there is a fault of ours. */
export function callReader(
  syntax: CallSyntax,
  { alone = false, required = false }: Expected = {},
): CallReader {
  const text = textPart(syntax.begins, alone || syntax.alone === true)
  const calls = callsPart(syntax)
  let calling = false
  return {
    push(more) {
      if (calling) return calls.push(more)
      const { shown, rest } = text.push(more)
      const said: ReadPiece[] = shown === '' ? [] : [{ kind: 'text', text: shown }]
      if (rest === undefined) return said
      calling = true
      return [...said, ...calls.push(rest)]
    },
    end() {
      if (calling) return calls.end()
      const shown = required ? '' : text.end()
      return shown === '' ? [] : [{ kind: 'text', text: shown }]
    },
    calling: () => calling,
    wholeCalls: calls.whole,
  }
}

/** `rest`: what follows the text that calls begin with, once it has come. */
type Split = { readonly shown: string; readonly rest?: string }

function textPart(begins: readonly string[], alone: boolean) {
  let held = ''
  let plain = false

  function anywhere(): Split {
    const [at, begin] = earliest(held, begins)
    if (begin !== undefined)
      return { shown: held.slice(0, at).trimEnd(), rest: held.slice(at + begin.length) }
    const open = Math.max(...begins.map((each) => openEnd(held, each)))
    // White space before a call is no text either.
    return release(held.slice(0, held.length - open).trimEnd().length)
  }

  function atStart(): Split {
    const said = held.trimStart()
    const begin = begins.find((each) => said.startsWith(each))
    if (begin !== undefined) return { shown: '', rest: said.slice(begin.length) }
    plain = !begins.some((each) => each.startsWith(said))
    return release(plain ? held.length : 0)
  }

  function release(length: number): Split {
    const shown = held.slice(0, length)
    held = held.slice(length)
    return { shown }
  }

  return {
    push(more: string): Split {
      if (plain) return { shown: more }
      held += more
      return alone ? atStart() : anywhere()
    },
    end: () => release(held.length).shown,
  }
}

function earliest(text: string, begins: readonly string[]): readonly [number, string?] {
  const found = begins.map((begin) => [text.indexOf(begin), begin] as const).filter(([at]) => at !== -1)
  return found.toSorted(([a], [b]) => a - b)[0] ?? [-1]
}

/** Length of the longest end of `text` that `begin` begins with. */
function openEnd(text: string, begin: string): number {
  for (let length = Math.min(text.length, begin.length - 1); length > 0; length -= 1)
    if (text.endsWith(begin.slice(0, length))) return length
  return 0
}

function callsPart(syntax: CallSyntax) {
  const next = syntax.next === undefined ? undefined : partsOf(syntax.next)
  const end = partsOf(syntax.end)
  let parts: readonly PatternPart[] = partsOf(syntax.first)
  let at = 0
  let unread = ''
  let whole = 0
  let phase: 'between' | 'in-call' | 'ended' = 'between'
  let value = valueEnd()

  /** Takes what it can of `unread`; undefined when more must come first. */
  function step(): readonly ReadPiece[] | undefined {
    const part = parts[at]
    if (part === undefined) return turn()
    if (part.kind === 'args') return args()
    if (part.kind === 'space') {
      unread = unread.trimStart()
      return unread === '' ? undefined : past(0)
    }
    if (part.kind === 'literal') return literal(part.text)
    return named(part.kind)
  }

  function past(length: number): readonly ReadPiece[] {
    unread = unread.slice(length)
    at += 1
    return []
  }

  function literal(text: string): readonly ReadPiece[] | undefined {
    if (unread.length < text.length) {
      assert(text.startsWith(unread), 'a call is written otherwise than its grammar says')
      return undefined
    }
    assert(unread.startsWith(text), 'a call is written otherwise than its grammar says')
    return past(text.length)
  }

  /** A name or an id: no character of it is one that what follows begins with. */
  function named(kind: 'name' | 'id'): readonly ReadPiece[] | undefined {
    const after = parts[at + 1]
    assert(after?.kind === 'literal', 'a pattern says what follows a name')
    const length = unread.indexOf(after.text.slice(0, 1))
    if (length === -1) return undefined
    const name = unread.slice(0, length)
    past(length)
    if (kind === 'id') return []
    phase = 'in-call'
    return [{ kind: 'start', name }]
  }

  function args(): readonly ReadPiece[] | undefined {
    if (unread === '') return undefined
    const length = value(unread)
    const piece: ReadPiece = { kind: 'delta', arguments: unread.slice(0, length ?? unread.length) }
    if (length === undefined) {
      unread = ''
      return [piece]
    }
    value = valueEnd()
    past(length)
    return [piece]
  }

  /** A call is whole, or the answer: what comes next is another call or the end. */
  function turn(): readonly ReadPiece[] | undefined {
    if (phase === 'in-call') {
      phase = 'between'
      whole += 1
      return [{ kind: 'end' }]
    }
    if (phase === 'ended') return undefined
    unread = unread.trimStart()
    if (unread === '') return undefined
    const first = end.find((part) => part.kind === 'literal')
    const ends =
      next === undefined || (first?.kind === 'literal' && unread.startsWith(first.text.slice(0, 1)))
    if (ends) phase = 'ended'
    parts = ends ? end : next
    at = 0
    return []
  }

  return {
    push(more: string): readonly ReadPiece[] {
      unread += more
      const pieces: ReadPiece[] = []
      for (let read = step(); read !== undefined; read = step()) pieces.push(...read)
      return pieces
    },
    end: (): readonly ReadPiece[] => (phase === 'in-call' ? [{ kind: 'end' }] : []),
    whole: () => whole,
  }
}

/** Finds where a JSON object that comes in pieces ends: the length of its last piece, undefined before. */
function valueEnd(): (piece: string) => number | undefined {
  let depth = 0
  let quoted = false
  let escaped = false

  function isEnd(letter: string | undefined): boolean {
    if (escaped) escaped = false
    else if (quoted) {
      escaped = letter === '\\'
      quoted = letter !== '"'
    } else if (letter === '"') quoted = true
    else if (letter === '{' || letter === '[') depth += 1
    else if (letter === '}' || letter === ']') return (depth -= 1) === 0
    return false
  }

  return (piece) => {
    for (let at = 0; at < piece.length; at += 1) if (isEnd(piece[at])) return at + 1
    return undefined
  }
}
