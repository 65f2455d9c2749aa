import { isJsonObject, type Json, type JsonObject } from '../../../core/json.ts'
import type { Where } from '../../../evidence/outcome.ts'
import { fileTopic } from '../file-topic.ts'
import type { ImportedRow, Source } from '../importer.ts'
import { jsonParts } from '../json-parts.ts'
import { nameIn, objectIn, present, textIn } from '../row-fields.ts'
import { sourceRows, wherePart, type SourceRow } from '../source-rows.ts'
import { nameOf } from './promptfoo-tests.ts'

/**
 * The rows of `results.results` (versions 2 and 3 of the format) or of a `.jsonl` output: one per test, prompt and
 * provider. Traps of the format: `error` also holds why an assertion failed, so only `failureReason` 2 is a failed call;
 * a cost that nobody knows is written as 0; an answer from the cache has a latency of its own.
 */
export async function* promptfooResultRows(source: Source): AsyncGenerator<ImportedRow> {
  const task = source.task ?? (await descriptionOf(source)) ?? fileTopic(source.path)
  const names = new RunNames()
  for await (const row of resultRows(source))
    yield row.kind === 'wrong' ? row : imported(row.row, row.where, { task, metric: source.metric, names })
  for (const note of names.notes()) source.world.note(`${source.path}: ${note}`, 'yellow')
}

async function descriptionOf({ path, head, world }: Source): Promise<string | undefined> {
  if (head?.container === 'lines' && !head.keys.has('/results/results')) return undefined
  for await (const { value } of jsonParts(path, world, [{ at: '/config/description' }])) return nameIn(value)
  return undefined
}

async function* resultRows(source: Source): AsyncGenerator<SourceRow> {
  const { path, head, world } = source
  if (head?.keys.has('/results/results') !== true) {
    yield* sourceRows(source)
    return
  }
  let number = 0
  const wanted = { at: '/results/results/*', only: FIELDS }
  for await (const { path: at, value } of jsonParts(path, world, [wanted])) {
    const where = wherePart(path, at)
    if (isJsonObject(value)) yield { kind: 'row', where, number, row: value }
    else yield { kind: 'wrong', where, number, fault: NO_RESULT }
    number += 1
  }
}

const NO_RESULT = 'the result is no object; expected {"provider", "score", …}'

const FIELDS = [
  'testCase',
  'vars',
  'provider',
  'prompt',
  'description',
  'response',
  'error',
  'failureReason',
  'success',
  'score',
  'namedScores',
  'latencyMs',
  'cost',
]

type Run = { readonly task: string; readonly metric: string | undefined; readonly names: RunNames }

function imported(row: JsonObject, where: Where, { task, metric, names }: Run): ImportedRow {
  const provider = providerOf(row['provider'])
  if (provider === undefined)
    return { kind: 'wrong', where, fault: '"provider" is missing; expected its id or label' }
  const failed = failureOf(row)
  const score = failed === undefined ? scoreOf(row, metric) : 0
  if (score === undefined) return { kind: 'wrong', where, fault: noScore(row, metric) }
  const testCase = objectIn(row['testCase'])
  const vars = isJsonObject(testCase['vars']) ? testCase['vars'] : objectIn(row['vars'])
  const item = nameOf({ vars, description: nameIn(testCase['description']) ?? nameIn(row['description']) })
  const model = names.model(provider, promptOf(row['prompt']))
  const outcome = present({
    task,
    item,
    model,
    score,
    ...answerOf(row, failed),
    ...effortOf(row),
    category: nameIn(objectIn(testCase['metadata'])['category']),
    sample: names.sample(item, model),
    error: failed,
  })
  return { kind: 'read', where, outcomes: [outcome] }
}

function providerOf(provider: Json | undefined): string | undefined {
  if (!isJsonObject(provider)) return nameIn(provider)
  return nameIn(provider['label']) ?? nameIn(provider['id'])
}

/** The template, the same in all rows of a prompt. `raw` is filled in and would make a prompt of each row. */
function promptOf(prompt: Json | undefined): string {
  const { label, display } = objectIn(prompt)
  return nameIn(label) ?? nameIn(display) ?? ''
}

const FAILED_CALL = 2

function failureOf(row: JsonObject): string | undefined {
  const error = nameIn(row['error'])
  if (typeof row['failureReason'] === 'number')
    return row['failureReason'] === FAILED_CALL ? (error ?? 'the call failed') : undefined
  // Files before that field: a call that failed has an error and no output.
  return error !== undefined && error !== 'No output' && outputOf(row) === undefined ? error : undefined
}

function outputOf(row: JsonObject): string | undefined {
  return textIn(objectIn(row['response'])['output'])
}

function scoreOf(row: JsonObject, metric: string | undefined): Json | undefined {
  if (metric === undefined || metric === 'score') return row['score']
  return metric === 'success' ? Number(row['success'] === true) : objectIn(row['namedScores'])[metric]
}

function noScore(row: JsonObject, metric = 'score'): string {
  const names = ['score', 'success', ...Object.keys(objectIn(row['namedScores']))]
  return `the result has no score "${metric}"; expected one of ${names.join(', ')}`
}

function answerOf(row: JsonObject, failed: string | undefined): { answer?: string; chars?: number } {
  if (failed !== undefined) return {}
  const output = outputOf(row) ?? ''
  return { answer: output.trim(), chars: output.length }
}

function effortOf(row: JsonObject): { cost_usd?: Json; latency_ms?: Json } {
  const { cost, latencyMs } = row
  const cached = objectIn(row['response'])['cached'] === true
  return {
    ...(typeof cost === 'number' && cost > 0 && { cost_usd: cost }),
    ...(typeof latencyMs === 'number' && latencyMs > 0 && !cached && { latency_ms: latencyMs }),
  }
}

/** Tells apart what a provider was asked twice: with several prompts, and with the same one again (`--repeat`). */
class RunNames {
  readonly #prompts = new Map<string, number>()
  readonly #samples = new Map<string, number>()
  #repeated = 0

  /** The first prompt leaves the name as it is; another one makes another model of it, because it answers otherwise. */
  model(provider: string, prompt: string): string {
    const number = this.#prompts.get(prompt) ?? this.#prompts.size + 1
    this.#prompts.set(prompt, number)
    return number === 1 ? provider : `${provider} (prompt ${number})`
  }

  sample(item: string, model: string): number | undefined {
    const key = `${item} ${model}`
    const earlier = this.#samples.get(key) ?? 0
    this.#samples.set(key, earlier + 1)
    if (earlier === 0) return undefined
    this.#repeated += 1
    return earlier
  }

  notes(): readonly string[] {
    const prompts = `${this.#prompts.size} prompts; "(prompt 2)" after a model is the second one in the file`
    const repeated = `rows that repeat a test of their model: ${this.#repeated}; they are further samples of it`
    return [...(this.#prompts.size > 1 ? [prompts] : []), ...(this.#repeated > 0 ? [repeated] : [])]
  }
}
