import { isJsonObject, type Json, type JsonObject } from '../core/json.ts'

/** The score of one model (or plan) on one item of a task: one line of an outcomes file. */
export type Outcome = {
  readonly task: string
  readonly item: string
  readonly model: string
  /** Quality from 0 to 1. A failed call is an outcome too, with score 0 and `error`. */
  readonly score: number
  /** The answer after extraction; the empty text means that none was found. */
  readonly answer?: string
  /** Length of the whole output, in characters. */
  readonly chars?: number
  readonly costUsd?: number
  readonly latencyMs?: number
  readonly category?: string
  /** Items that share a passage, a patient or a template depend on each other; they share this name. */
  readonly cluster?: string
  readonly lang?: string
  /** Which of several answers of the same model to the same item this is; samples are averaged within the item. */
  readonly sample?: string
  readonly error?: string
}

/** A place in a file that was read, line 1 being the first. */
export type Where = { readonly file: string; readonly line: number }

export type OutcomeLine =
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'blank' }
  /** One line for people: `file:line: what was wrong; what was expected`. Never the text of an answer. */
  | { readonly kind: 'problem'; readonly problem: string }

/**
 * One line of an outcomes file (`{"task","item","model","score","answer"?,"chars"?,"cost_usd"?,"latency_ms"?,
 * "category"?,"cluster"?,"lang"?,"sample"?,"error"?}`). Unknown fields are left alone; an optional field that is null
 * counts as absent, because table tools write absent values so.
 */
export function parseOutcomeLine(line: string, where: Where): OutcomeLine {
  const text = where.line === 1 && line.startsWith('\uFEFF') ? line.slice(1) : line
  if (text.trim() === '') return { kind: 'blank' }
  const row = parseObject(text)
  if (typeof row === 'string') return problemAt(where, row)
  const fault = firstFault(row)
  return fault === undefined ? { kind: 'outcome', outcome: toOutcome(row) } : problemAt(where, fault)
}

/** `file:line`, as editors and terminals understand it. */
export function showWhere(where: Where): string {
  return `${where.file}:${where.line}`
}

function problemAt(where: Where, fault: string): OutcomeLine {
  return { kind: 'problem', problem: `${showWhere(where)}: ${fault}` }
}

function parseObject(text: string): JsonObject | string {
  try {
    const value = JSON.parse(text) as Json
    return isJsonObject(value) ? value : 'the line holds no JSON object; expected one outcome per line'
  } catch {
    // The parser's own message quotes the line, which may hold an answer; what we say must not.
    return notJson(text)
  }
}

function notJson(text: string): string {
  if (/:\s*[-+]?(?:NaN|Infinity)\b/.test(text))
    return 'the line holds NaN or Infinity, which JSON cannot say; expected a score from 0 to 1'
  const whole = text.trimEnd().endsWith('}')
  return whole
    ? 'the line is not JSON; expected one outcome per line'
    : 'the line is cut off or not JSON; expected one whole outcome per line'
}

const NAMES = ['task', 'item', 'model'] as const
const TEXTS = ['answer', 'category', 'cluster', 'lang', 'error'] as const
const AMOUNTS = ['chars', 'cost_usd', 'latency_ms'] as const

function firstFault(row: JsonObject): string | undefined {
  for (const name of NAMES) {
    const value = row[name]
    if (value === undefined) return `"${name}" is missing; expected the name of a ${name}`
    if (typeof value !== 'string' || value === '') return `"${name}" is ${kindOf(value)}; expected a text`
  }
  return scoreFault(row) ?? optionalFault(row)
}

function scoreFault(row: JsonObject): string | undefined {
  const score = row['score']
  if (score === undefined) return '"score" is missing; expected a number from 0 to 1'
  if (typeof score !== 'number') return `"score" is ${kindOf(score)}; expected a number from 0 to 1`
  if (!(score >= 0 && score <= 1)) return `"score" is ${score}; expected a number from 0 to 1`
  const failed = typeof row['error'] === 'string' && row['error'] !== ''
  return failed && score !== 0
    ? `"score" is ${score} on a row with "error"; a failed call scores 0`
    : undefined
}

function optionalFault(row: JsonObject): string | undefined {
  for (const name of TEXTS) {
    const value = row[name] ?? undefined
    if (value !== undefined && typeof value !== 'string')
      return `"${name}" is ${kindOf(value)}; expected a text`
  }
  for (const name of AMOUNTS) {
    const value = row[name] ?? undefined
    if (value === undefined) continue
    if (typeof value !== 'number' || !(value >= 0 && Number.isFinite(value)))
      return `"${name}" is ${kindOf(value)}; expected a number from 0 up`
  }
  const sample = row['sample'] ?? undefined
  const named = sample === undefined || typeof sample === 'string' || Number.isSafeInteger(sample)
  return named ? undefined : `"sample" is ${kindOf(sample)}; expected a whole number or a text`
}

function toOutcome(row: JsonObject): Outcome {
  const sample = row['sample'] ?? undefined
  return {
    task: row['task'] as string,
    item: row['item'] as string,
    model: row['model'] as string,
    score: row['score'] as number,
    ...(typeof row['answer'] === 'string' && { answer: row['answer'] }),
    ...(typeof row['chars'] === 'number' && { chars: row['chars'] }),
    ...(typeof row['cost_usd'] === 'number' && { costUsd: row['cost_usd'] }),
    ...(typeof row['latency_ms'] === 'number' && { latencyMs: row['latency_ms'] }),
    ...(isNamed(row['category']) && { category: row['category'] }),
    ...(isNamed(row['cluster']) && { cluster: row['cluster'] }),
    ...(isNamed(row['lang']) && { lang: row['lang'] }),
    ...(sample !== undefined && { sample: String(sample as string | number) }),
    ...(isNamed(row['error']) && { error: row['error'] }),
  }
}

function isNamed(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== ''
}

function kindOf(value: Json): string {
  if (value === null) return 'null'
  if (value === '') return 'empty'
  if (typeof value === 'number') return String(value)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`
}
