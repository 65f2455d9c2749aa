import type { DeltaReport, Report } from './protocol.ts'

export type Outbox = {
  readonly delta: (report: DeltaReport) => void
  /** Anything else: sent with what waits, in this turn of the event loop. */
  readonly report: (report: Report) => void
}

// A message wakes the gateway, which costs more than a token of a tiny model, so tokens travel together: about one
// message per frame of a screen. What comes after a quiet time (a first token, a slow model) goes at once.
const FLUSH_EVERY_MS = 16

/** Gathers reports into few messages. Order within one answer is kept; neighbouring deltas of one answer become one. */
export function outbox(send: (reports: readonly Report[]) => void): Outbox {
  let waiting: Report[] = []
  let open = new Map<number, number>()
  let lastFlush = -Infinity
  let timer: NodeJS.Timeout | undefined
  let soon = false

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    soon = false
    if (waiting.length === 0) return
    const reports = waiting
    waiting = []
    open = new Map()
    lastFlush = performance.now()
    send(reports)
  }

  /**
   * In the next turn of the event loop but one: sequences decoded in one batch share a message, and the engine has
   * begun its next batch on its own thread before this one pays for the sending.
   */
  function flushSoon(): void {
    if (soon) return
    soon = true
    setImmediate(() => setImmediate(flush))
  }

  function schedule(): void {
    if (soon || timer !== undefined) return
    const wait = lastFlush + FLUSH_EVERY_MS - performance.now()
    if (wait <= 0) flushSoon()
    else timer = setTimeout(flush, wait)
  }

  return {
    delta(report) {
      const index = open.get(report.id)
      const before = index === undefined ? undefined : waiting[index]
      const joined = before?.kind === 'delta' ? join(before, report) : undefined
      if (index !== undefined && joined !== undefined) waiting[index] = joined
      else open.set(report.id, waiting.push(report) - 1)
      schedule()
    },
    report(report) {
      waiting.push(report)
      flushSoon()
    },
  }
}

/** Undefined for two that say different things. */
function join(before: DeltaReport, after: DeltaReport): DeltaReport | undefined {
  if (before.call !== undefined || after.call !== undefined) return joinArguments(before, after)
  const text = before.text + after.text
  if (before.logprobs === undefined && after.logprobs === undefined) return { ...before, text }
  return { ...before, text, logprobs: [...(before.logprobs ?? []), ...(after.logprobs ?? [])] }
}

function joinArguments(before: DeltaReport, { call: next }: DeltaReport): DeltaReport | undefined {
  const { call } = before
  if (call?.kind !== 'delta' || next?.kind !== 'delta') return undefined
  return { ...before, call: { kind: 'delta', arguments: call.arguments + next.arguments } }
}
