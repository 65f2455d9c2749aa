import type { AnswerEvent } from '../core/events.ts'
import { maskJson } from '../privacy/masked-call/mask-json.ts'
import {
  blockOf,
  deltaOf,
  endedBy,
  FIELDS,
  MAX_KEPT_CHARS,
  textOf,
  withText,
  type Delta,
} from './answer-blocks.ts'
import type { AnswerGuard } from './answer-guard.ts'
import type { About, Find, LocalCheck } from './guard.ts'
import { reads } from './guards-for.ts'
import { readJson, readText } from './replace-findings.ts'
import type { Tally } from './tally.ts'
import { WindowScan } from './window-scan.ts'

/**
 * Text leaves when a window around it has been judged. The arguments of a tool call leave when the call is whole: nobody can act
 * on half of one, and half of its JSON cannot be read.
 */
export function windowAnswer(tally: Tally, check: LocalCheck, about: About): AnswerGuard {
  const find = tally.watched(tally.opened(check, about))
  const replaces = tally.guard.action === 'redact'
  const open = new Map<string, OpenBlock>()
  const changed = new Set<string>()

  function blockFor(delta: Delta): OpenBlock {
    const { key, where, kind } = blockOf(delta)
    const known = open.get(key)
    if (known !== undefined) return known
    const note = (finding: Parameters<Tally['add']>[0]): void => {
      tally.add(finding, where)
      changed.add(key)
      tally.settle()
    }
    const made =
      kind === 'tool-call'
        ? new WholeCall(delta, { find, replaces, note, fail: (cause) => tally.fail(cause) })
        : new RunningText(
            delta,
            new WindowScan({ find, window: check.window, replaces, onFinding: note }),
            replaces,
          )
    open.set(key, made)
    return made
  }

  function close(key: string): readonly AnswerEvent[] {
    const block = open.get(key)
    open.delete(key)
    return block?.end() ?? []
  }

  function guarded(delta: Delta): readonly AnswerEvent[] {
    if (!reads(tally.guard, blockOf(delta).kind)) return [delta]
    return blockFor(delta).push(delta)
  }

  function ended(event: AnswerEvent): readonly AnswerEvent[] {
    const end = endedBy(event)
    if (end === undefined) return []
    if ('key' in end) return close(end.key)
    return [...open.keys()].filter((key) => key.startsWith(`${end.all} `)).flatMap(close)
  }

  return {
    push(event) {
      const delta = deltaOf(event)
      if (delta !== undefined) return guarded(delta)
      if (event.kind === 'extra') return [judgedExtra(event, { find, tally, replaces })]
      const rest = ended(event)
      // Its maker signed the words it wrote and refuses others under that signature, so it goes with them.
      const isChanged = replaces && event.kind === 'reasoning-end' && changed.has(reasoningKey(event.choice))
      return [...rest, isChanged ? { kind: 'reasoning-end', choice: event.choice } : event]
    },
    end() {
      const rest = [...open.keys()].flatMap(close)
      tally.settle()
      tally.finish()
      return rest
    },
  }
}

function reasoningKey(choice: number): string {
  return blockOf({ kind: 'reasoning-delta', choice, text: '' }).key
}

type OpenBlock = {
  push(delta: Delta): readonly AnswerEvent[]
  end(): readonly AnswerEvent[]
}

class RunningText implements OpenBlock {
  readonly #scan: WindowScan
  readonly #replaces: boolean
  readonly #logprobs: NonNullable<Extract<Delta, { readonly kind: 'text-delta' }>['logprobs']>[number][] = []
  #last: Delta

  constructor(first: Delta, scan: WindowScan, replaces: boolean) {
    this.#scan = scan
    this.#last = first
    this.#replaces = replaces
  }

  push(delta: Delta): readonly AnswerEvent[] {
    this.#last = delta
    // Those of an answer that may be changed would tell what was taken out.
    if (delta.kind === 'text-delta' && !this.#replaces)
      for (const each of delta.logprobs ?? []) this.#logprobs.push(each)
    return this.#said(this.#scan.push(textOf(delta)), false)
  }

  end(): readonly AnswerEvent[] {
    return this.#said(this.#scan.end(), true)
  }

  /** Log-probabilities come with the end of the block: pieces no longer are the tokens they belong to. */
  #said(text: string, isEnd: boolean): readonly AnswerEvent[] {
    const logprobs = isEnd ? this.#logprobs.splice(0) : []
    if (text === '' && logprobs.length === 0) return []
    const delta = withText(this.#last, text)
    return [delta.kind === 'text-delta' && logprobs.length > 0 ? { ...delta, logprobs } : delta]
  }
}

type CallOptions = {
  readonly find: Find
  readonly replaces: boolean
  readonly note: (finding: Parameters<Tally['add']>[0]) => void
  /** Throws where the guard fails closed. */
  readonly fail: (cause: Error) => void
}

class WholeCall implements OpenBlock {
  readonly #options: CallOptions
  readonly #parts: string[] = []
  #last: Delta
  #chars = 0

  constructor(first: Delta, options: CallOptions) {
    this.#last = first
    this.#options = options
  }

  push(delta: Delta): readonly AnswerEvent[] {
    this.#last = delta
    const text = textOf(delta)
    this.#parts.push(text)
    this.#chars += text.length
    if (this.#chars <= MAX_KEPT_CHARS) return []
    this.#options.fail(new RangeError(`a tool call is over ${MAX_KEPT_CHARS} characters long`))
    return this.#said(this.#parts.splice(0).join(''))
  }

  end(): readonly AnswerEvent[] {
    const given = this.#parts.splice(0).join('')
    const { find, replaces, note } = this.#options
    const { text, findings } = readJson(given, find)
    for (const finding of findings) note(finding)
    return this.#said(replaces ? text : given)
  }

  #said(text: string): readonly AnswerEvent[] {
    return text === '' ? [] : [withText(this.#last, text)]
  }
}

/** Fields of the answer that we do not know are whole when they come. */
function judgedExtra(
  event: Extract<AnswerEvent, { readonly kind: 'extra' }>,
  { find, tally, replaces }: { readonly find: Find; readonly tally: Tally; readonly replaces: boolean },
): AnswerEvent {
  const fields = maskJson(event.fields, (text) => {
    const read = readText(text, find)
    for (const finding of read.findings) tally.add(finding, FIELDS)
    return read.text
  })
  tally.settle()
  return replaces ? { ...event, fields } : event
}
