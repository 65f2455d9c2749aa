import { invalid } from '../core/errors.ts'
import type { LocalModelView } from '../gateway/admin/contract.ts'
import { isoOrNull } from './account-times.ts'
import type { Arguments, Command } from './command.ts'
import { bytes } from './quantities.ts'
import { duration } from './run-words.ts'
import { table } from './table.ts'

/** One local model as scripts see it; null where nothing is loaded or nobody knows. */
export function loadedJson(model: LocalModelView) {
  return {
    name: model.name,
    state: model.state,
    reason: model.stateReason,
    pinned: model.pinned,
    pid: model.pid,
    resident_bytes: model.residentBytes,
    promised_bytes: model.promisedBytes,
    slots: model.slots,
    context_tokens: model.contextTokens,
    threads: model.threads,
    active: model.activeRequests,
    waiting: model.queuedRequests,
    tokens_per_s: rounded(model.answerTokensPerSecond),
    prompt_tokens_per_s: rounded(model.promptTokensPerSecond),
    prompt_tokens_read: model.promptTokensEvaluated,
    prompt_tokens_reused: model.promptTokensReused,
    loaded_at: isoOrNull(model.loadedAtMs),
    idle_since: isoOrNull(model.idleSinceMs),
    unload_at: isoOrNull(model.unloadAtMs),
    leaving: model.leaving,
    recycled: model.recycled,
  }
}

const HEADINGS = [
  'NAME',
  'STATE',
  'PID',
  'HOLDS',
  'PROMISED',
  'SLOTS',
  'CONTEXT',
  'BUSY',
  'TOKENS/S',
  'REUSED',
  'UNLOADS',
]

/** `REUSED` is the share of prompt tokens that an earlier prompt had already read. */
export function loadedTable(models: readonly LocalModelView[], nowMs: number): string {
  return table([HEADINGS, ...models.map((model) => cells(model, nowMs))])
}

/** `4 slots of 512 tokens, 113.4 MiB held` */
export function sizeWords({ slots, contextTokens, residentBytes }: LocalModelView): string {
  const size = `${slots ?? '?'} slots of ${contextTokens ?? '?'} tokens`
  return residentBytes === null ? size : `${size}, ${bytes(residentBytes)} held`
}

/** The one NAME of a command. */
export function localModelOf({ name }: Command, { operands }: Arguments): string {
  const [model, extra] = operands
  if (model === undefined)
    throw invalid(`${name} needs the NAME of a local model; \`musivum models ps\` says them`)
  if (extra !== undefined) throw invalid(`${name} takes one NAME, but "${extra.slice(0, 80)}" was given too`)
  return model
}

function cells(model: LocalModelView, nowMs: number): readonly string[] {
  const { activeRequests, queuedRequests, answerTokensPerSecond: speed } = model
  return [
    model.name,
    stateOf(model),
    shown(model.pid, String),
    shown(model.residentBytes, bytes),
    shown(model.promisedBytes, bytes),
    shown(model.slots, String),
    shown(model.contextTokens, String),
    `${activeRequests}${queuedRequests > 0 ? ` + ${queuedRequests} wait` : ''}`,
    shown(speed, (value) => value.toFixed(value < 10 ? 1 : 0)),
    reusedShare(model),
    unloads(model, nowMs),
  ]
}

function stateOf({ state, stateReason, leaving, recycled }: LocalModelView): string {
  const reason = stateReason === null ? '' : `: ${stateReason}`
  return `${leaving ? 'leaving' : state}${recycled > 0 ? ` (recycled ${recycled}x)` : ''}${reason}`
}

function reusedShare({ promptTokensEvaluated: read, promptTokensReused: reused }: LocalModelView): string {
  if (read === null || reused === null || read + reused === 0) return '-'
  return `${Math.round((100 * reused) / (read + reused))} %`
}

function unloads({ pid, pinned, idleSinceMs, unloadAtMs }: LocalModelView, nowMs: number): string {
  if (pid === null) return '-'
  if (pinned) return 'never (pinned)'
  if (idleSinceMs === null) return 'when idle'
  return unloadAtMs === null ? 'never' : `in ${duration(Math.max(0, unloadAtMs - nowMs))}`
}

function shown(value: number | null, words: (value: number) => string): string {
  return value === null ? '-' : words(value)
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10) / 10
}
