import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import type { Scorer } from '../../evidence/scorers/scorer.ts'
import type { ItemFile } from '../task/read-task-items.ts'
import { canonicalJson } from '../../evidence/signing/canonical-json.ts'
import type { RunPlan } from './plan-run.ts'
import type { RunModel } from './run-model.ts'
import type { RunTally } from './run-tally.ts'

/** Everything that a run depends on: with the same, a second person gets the same table. */
export type RunInputs = {
  readonly musivum: string
  readonly plan: RunPlan
  readonly files: readonly ItemFile[]
  readonly scorer: Pick<Scorer, 'name' | 'settings'>
  /** The model that the scorer asks. */
  readonly judge: RunModel | undefined
  /** Only so many items were taken. */
  readonly limit: number | null
}

export type RunOutputs = {
  readonly complete: boolean
  readonly tally: RunTally
  /** Of outcomes.jsonl as it is on disk. */
  readonly outcomesSha256: string
  /** Of the same without cost, time and the words of failures. */
  readonly tableSha256: string
}

/** The part of a lock that is known before the first call. */
export function lockInputs({ musivum, plan, files, scorer, judge, limit }: RunInputs): JsonObject {
  const { task } = plan
  const { maxTokens = null, temperature = null, seed = null } = task.sampling
  return {
    format: 1,
    musivum,
    task: task.name,
    task_file: { sha256: task.sha256 },
    items: files.map(({ file, sha256, rows }) => ({ file: baseName(file), sha256, rows })),
    limit,
    prompt: task.prompt.source,
    system: task.system?.source ?? null,
    scorer: { name: scorer.name, settings: scorer.settings },
    sampling: { max_tokens: maxTokens, temperature, seed },
    samples: task.samples,
    seed: task.seed,
    margin: task.margin,
    confidence: task.confidence,
    reference: task.reference,
    models: plan.models.map(modelFacts),
    judge: judge === undefined ? null : modelFacts(judge),
  }
}

function modelFacts({ name, identity, licence, toy }: RunModel): JsonObject {
  return { name, ...identity, licence, toy }
}

export function lockDocument(inputs: JsonObject, outputs: RunOutputs): JsonObject {
  const { models, total } = outputs.tally
  const sum = (field: 'failed' | 'unparsed' | 'scorerFailed' | 'cut'): number =>
    models.reduce((all, each) => all + each[field], 0)
  return {
    ...inputs,
    complete: outputs.complete,
    counts: {
      calls: total,
      failed: sum('failed'),
      unparsed: sum('unparsed'),
      scorer_failed: sum('scorerFailed'),
      cut: sum('cut'),
    },
    outcomes_sha256: outputs.outcomesSha256,
    table_sha256: outputs.tableSha256,
  }
}

/** What differs between a lock and what would be run now, one line each; the version of the program is no difference. */
export function lockDifferences(lock: JsonObject, now: JsonObject): readonly string[] {
  const keys = Object.keys(now).filter((key) => key !== 'musivum')
  return keys.flatMap((key) => differences(key, lock[key] ?? null, now[key] ?? null))
}

function differences(path: string, was: Json, is: Json): readonly string[] {
  if (canonicalJson(was) === canonicalJson(is)) return []
  if (isJsonArray(was) && isJsonArray(is) && was.length === is.length)
    return is.flatMap((each, place) =>
      differences(`${path}[${nameOf(each, place)}]`, was[place] ?? null, each),
    )
  if (isJsonObject(was) && isJsonObject(is)) {
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])]
    return keys.flatMap((key) => differences(`${path}.${key}`, was[key] ?? null, is[key] ?? null))
  }
  return [`${path} is ${shown(path, is)}, in the lock ${shown(path, was)}`]
}

function nameOf(value: Json, place: number): string {
  const named = isJsonObject(value) ? (value['file'] ?? value['name']) : undefined
  return typeof named === 'string' ? named : String(place)
}

/** Prompts may be anything; hashes, names and numbers are what helps. */
function shown(path: string, value: Json): string {
  if (path === 'prompt' || path === 'system') return value === null ? 'absent' : 'another text'
  const text = canonicalJson(value)
  return text.length <= MAX_SHOWN_CHARS ? text : `${text.slice(0, MAX_SHOWN_CHARS)}…`
}

const MAX_SHOWN_CHARS = 40

/** Where the files lie on somebody's machine is not part of what they say. */
function baseName(file: string): string {
  return file.replace(/^.*[/\\]/, '')
}
