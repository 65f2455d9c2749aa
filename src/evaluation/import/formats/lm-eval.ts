import { basename, dirname, join } from 'node:path'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../../core/json.ts'
import { invalid } from '../../../core/errors.ts'
import type { Where } from '../../../evidence/outcome.ts'
import { promptIn } from '../chat-prompt.ts'
import { MetricChoice } from '../choose-metric.ts'
import { fileTopic } from '../file-topic.ts'
import type { ImportedRow, Importer, Source } from '../importer.ts'
import { jsonParts } from '../json-parts.ts'
import { placeAt } from '../list-sources.ts'
import { parseLenientJson } from '../parse-lenient-json.ts'
import { listIn, nameIn, objectIn, present, textIn } from '../row-fields.ts'
import { convertedRows } from '../source-rows.ts'

/**
 * lm-evaluation-harness with `--log_samples`: `<output>/<model>/samples_<task>_<date>.jsonl` beside a
 * `results_<date>.json` that says the model's name. A task with several filters has a row per filter for each document.
 */
export const lmEval: Importer = {
  name: 'lm-eval',
  about: 'samples_<task>_<date>.jsonl of lm-evaluation-harness with --log_samples',
  detect: ({ keys }) =>
    keys.has('/doc_id') && (keys.has('/filtered_resps') || keys.has('/resps') || keys.has('/target')),
  beside: ({ keys }) =>
    keys.has('/results') && keys.has('/configs') && keys.has('/versions')
      ? 'it holds only the averages of a run'
      : undefined,
  rows,
}

async function* rows(source: Source): AsyncGenerator<ImportedRow> {
  const run = { task: source.task ?? taskIn(source.path), model: await modelOf(source) }
  const choice = new ScoreChoice(source)
  yield* convertedRows(source, ({ row, where }) => imported(row, where, run, choice))
}

const SAMPLES_FILE = /^samples_(.+)_(\d{4}-\d{2}-\d{2}T[\d.-]+)\.jsonl?(?:\.gz)?$/

function taskIn(path: string): string {
  return SAMPLES_FILE.exec(basename(path))?.[1] ?? fileTopic(path)
}

/** What the user says, what the results of the same run say, or the name of the folder, in which `/` became `__`. */
async function modelOf({ path, world, model }: Source): Promise<string> {
  if (model !== undefined) return model
  const date = SAMPLES_FILE.exec(basename(path))?.[2]
  const results = join(dirname(path), `results_${date}.json`)
  const there = date !== undefined && (await placeAt(results, world).catch(() => undefined)) !== undefined
  if (there)
    for await (const { value } of jsonParts(results, world, [{ at: '/model_name' }])) {
      const name = nameIn(value)
      if (name !== undefined) return name
    }
  const folder = basename(dirname(path))
  if (date === undefined || folder === '' || folder === '.')
    throw invalid(`${path}: nothing says which model this is; expected --model NAME`)
  world.note(`${path}: the model is named after the folder, ${folder}; --model NAME says otherwise`, 'dim')
  return folder.replaceAll('__', '/')
}

/** The metric, and of several filters the one that its first row has; `--metric exact_match,flexible-extract` says both. */
class ScoreChoice {
  readonly #metric: MetricChoice
  readonly #source: Source
  #filter: string | undefined

  constructor(source: Source) {
    const [metric, filter] = source.metric?.split(',') ?? []
    const { metric: _, ...others } = source
    this.#source = source
    this.#metric = new MetricChoice({ ...others, ...(metric && { metric }) })
    this.#filter = filter
  }

  /** A task without filters says "none", and has one row per document whatever the others have. */
  isOurs(filter: string): boolean {
    if (filter === 'none') return true
    if (this.#filter === undefined)
      this.#source.world.note(
        `${this.#source.path}: the filter is ${filter}; --metric NAME,FILTER takes another`,
        'dim',
      )
    this.#filter ??= filter
    return this.#filter === filter
  }

  scoreOf(row: JsonObject): { readonly name: string | undefined; readonly score: Json | undefined } {
    const name = this.#metric.of(metricsOf(row))
    const value = name === undefined ? undefined : row[name]
    return { name, score: typeof value === 'boolean' ? Number(value) : value }
  }
}

/** Rows of newer versions list their metrics; in older ones they are known by name, the stricter ones first. */
function metricsOf(row: JsonObject): readonly string[] {
  const named = listIn(row['metrics']).filter((name) => typeof name === 'string')
  return named.length > 0 ? named : KNOWN_METRICS.filter((name) => name in row)
}

const KNOWN_METRICS = [
  'exact_match',
  'acc',
  'acc_norm',
  'pass@1',
  'pass_at_1',
  'prompt_level_strict_acc',
  'em',
  'f1',
  'mc1',
  'mc2',
]

type Run = { readonly task: string; readonly model: string }

function imported(row: JsonObject, where: Where, run: Run, choice: ScoreChoice): ImportedRow {
  const id = nameIn(row['doc_id'])
  if (id === undefined)
    return { kind: 'wrong', where, fault: '"doc_id" is missing; expected the number of the document' }
  const filter = nameIn(row['filter']) ?? 'none'
  if (!choice.isOurs(filter)) return { kind: 'skipped', reason: `rows of the filter ${filter}` }
  const { name, score } = choice.scoreOf(row)
  if (name === undefined || score === undefined)
    return {
      kind: 'wrong',
      where,
      fault: `the row has no metric ${name ?? ''}; expected one of ${metricsOf(row).join(', ')}`,
    }
  const requests = requestsOf(row['arguments'])
  const answer = answerOf(row, requests)
  const item = itemOf(row, id, run.task, requests)
  const { chars } = answer
  const result =
    score === null ? { score: 0, error: `the metric ${name} is no number` } : { score, answer: answer.text }
  const outcome = present({ ...run, item: id, ...result, chars })
  return { kind: 'read', where, ...(item && { item }), outcomes: [{ task: run.task, item: id, ...outcome }] }
}

/** What the model was asked: one request, or one per option of a multiple choice. */
type Request = { readonly context: string | undefined; readonly continuation: string | undefined }

/** `{"gen_args_0": {"arg_0", "arg_1"}}`, or lists of lists in older versions. */
function requestsOf(value: Json | undefined): readonly Request[] {
  const all = isJsonArray(value) ? value : Object.values(objectIn(value))
  return all.map((request) => {
    const [context, continuation] = isJsonArray(request) ? request : Object.values(objectIn(request))
    return {
      context: contextIn(context),
      continuation: typeof continuation === 'string' ? continuation : undefined,
    }
  })
}

/** With a chat template of a server the context is a list of messages, written as JSON within a list. */
function contextIn(context: Json | undefined): string | undefined {
  const inner = isJsonArray(context) && context.length === 1 ? context[0] : context
  if (typeof inner !== 'string') return promptIn(inner)
  return (inner.startsWith('[{') ? promptIn(parseLenientJson(inner)) : undefined) ?? inner
}

function isChoice(requests: readonly Request[]): boolean {
  return requests.length > 1 && requests.every(({ continuation }) => continuation !== undefined)
}

function itemOf(
  row: JsonObject,
  item: string,
  task: string,
  requests: readonly Request[],
): JsonObject | undefined {
  const prompt = requests[0]?.context
  if (prompt === undefined) return undefined
  const options = isChoice(requests)
    ? requests.map(({ continuation }) => (continuation ?? '').trim())
    : undefined
  const doc = objectIn(row['doc'])
  const category = nameIn(doc['category']) ?? nameIn(doc['subject'])
  return present({ task, item, prompt, gold: goldOf(row['target'], options), category, options })
}

/** The target of a multiple choice is the number of the option, written as a text. */
function goldOf(target: Json | undefined, options: readonly string[] | undefined): Json | undefined {
  const number = /^\d+$/.test(textIn(target) ?? '') ? Number(target) : undefined
  return (number === undefined ? undefined : options?.[number]) ?? target
}

type Answer = { readonly text: string | undefined; readonly chars: number | undefined }

function answerOf(row: JsonObject, requests: readonly Request[]): Answer {
  const filtered = listIn(row['filtered_resps'])
  if (isChoice(requests)) return { text: likeliest(filtered, requests), chars: undefined }
  const said = firstText(row['resps'])
  const [first] = filtered
  const text = typeof first === 'string' ? first : firstText(first)
  // What the filters of the harness write when they find nothing.
  return { text: text === '[invalid]' ? '' : text?.trim(), chars: said?.length }
}

/** The option with the largest log-likelihood, `[["-1.5", "False"], …]`, which is what `acc` looks at. */
function likeliest(responses: readonly Json[], requests: readonly Request[]): string | undefined {
  const values = responses.map((response) => Number(isJsonArray(response) ? response[0] : Number.NaN))
  const best = values.indexOf(Math.max(...values))
  return best === -1 ? undefined : requests[best]?.continuation?.trim()
}

function firstText(value: Json | undefined): string | undefined {
  const inner = isJsonArray(value) ? value[0] : value
  return isJsonArray(inner) ? firstText(inner) : isJsonObject(inner) ? undefined : textIn(inner)
}
