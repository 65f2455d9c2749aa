import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../core/ports.ts'
import type { AnswerContent, AnswerFigures, KeptAnswer } from './evidence-store.ts'
import * as sql from './statements.ts'

/** Answers by the hash of their question, the least recently used going first when there is no more room. */
export function answerCache(
  database: DatabaseSync,
  transact: <T>(work: () => T) => T,
  clock: Pick<Clock, 'now'>,
  maxBytes: number,
) {
  // Prepared once: a run of a hundred thousand calls looks for as many answers before it starts.
  const find = database.prepare(sql.findAnswer)
  return {
    find(hash: string): AnswerContent | undefined {
      const row = find.get(hash)
      if (row === undefined) return undefined
      const nowMs = Math.trunc(clock.now())
      if (Number(row['usedMs']) < nowMs - TOUCH_MS) database.prepare(sql.touchAnswer).run(nowMs, hash)
      return toContent(row)
    },
    keep(answer: KeptAnswer): void {
      const nowMs = Math.trunc(clock.now())
      const bytes = Buffer.byteLength(answer.text) + ROW_BYTES
      transact(() => {
        const before = Number(database.prepare(sql.answerBytes).get(answer.hash)?.['bytes'] ?? 0)
        database.prepare(sql.keepAnswer).run(...columnsOf(answer), bytes, nowMs)
        const total = changeSize(database, bytes - before)
        if (total > maxBytes) dropOldest(database, total - maxBytes, nowMs - PROTECTED_MS)
      })
    },
    figures: (source: string) =>
      database.prepare(sql.answerFigures).get(source, FIGURE_ROWS) as AnswerFigures,
  }
}

/** When an answer was last used is known to the hour: a run that reads a million answers should not write a million rows. */
const TOUCH_MS = 3_600_000

/** What the run that is going on has used stays, whatever the limit: else it would pay twice within one day. */
const PROTECTED_MS = 24 * 3_600_000

/** Hash, source, numbers and two index entries beside the text. */
const ROW_BYTES = 600

const FIGURE_ROWS = 1_000

/** Rows dropped at once; with each new answer one goes, so the bound is never far away. */
const DROP_ROWS = 64

function columnsOf(answer: KeptAnswer) {
  const { hash, source, text, finishReason, usage, cost, latencyMs, promptChars } = answer
  return [
    hash,
    source,
    text,
    finishReason,
    usage?.inputTokens ?? null,
    usage?.outputTokens ?? null,
    cost.kind,
    cost.kind === 'metered' ? cost.nanoUsd : null,
    latencyMs,
    promptChars,
  ]
}

function changeSize(database: DatabaseSync, bytes: number): number {
  return Number(database.prepare(sql.changeCacheSize).get(bytes)?.['bytes'])
}

function dropOldest(database: DatabaseSync, surplus: number, beforeMs: number): void {
  let left = surplus
  while (left > 0) {
    const dropped = database.prepare(sql.dropOldestAnswers).all(beforeMs, DROP_ROWS)
    if (dropped.length === 0) return
    const bytes = dropped.reduce((sum, row) => sum + Number(row['bytes']), 0)
    changeSize(database, -bytes)
    left -= bytes
  }
}

function toContent(row: Readonly<Record<string, unknown>>): AnswerContent {
  const { text, finishReason, inputTokens, outputTokens, costKind, costNanoUsd } = row
  return {
    text: typeof text === 'string' ? text : '',
    finishReason: typeof finishReason === 'string' ? finishReason : null,
    usage:
      typeof inputTokens === 'number' && typeof outputTokens === 'number'
        ? { inputTokens, outputTokens }
        : null,
    cost:
      costKind === 'metered'
        ? { kind: 'metered', nanoUsd: Number(costNanoUsd) }
        : { kind: costKind === 'owned' ? 'owned' : 'unpriced' },
    latencyMs: Number(row['latencyMs']),
  }
}
