import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../../core/json.ts'
import { invalid } from '../../../core/errors.ts'
import type { Where } from '../../../evidence/outcome.ts'
import { messagesIn, promptIn } from '../chat-prompt.ts'
import { MetricChoice } from '../choose-metric.ts'
import { fileTopic } from '../file-topic.ts'
import type { ImportedRow, Importer, Source } from '../importer.ts'
import { jsonParts } from '../json-parts.ts'
import type { Head } from '../read-head.ts'
import { nameIn, objectIn, present, textIn } from '../row-fields.ts'
import { convertedRows, wherePart } from '../source-rows.ts'

/**
 * Inspect (inspect_ai): a data set of samples (`{"input", "target"}`, JSON Lines, JSON or CSV), or a log in the JSON
 * form (`--log-format json`, or `inspect log convert`). Several scorers: the first, unless `--metric` names another.
 */
export const inspect: Importer = {
  name: 'inspect',
  about: 'samples ("input", "target") or JSON logs of Inspect',
  detect: (head) =>
    isLog(head) || (head.keys.has('/input') && head.keys.has('/target') && !head.keys.has('/doc_id')),
  rows: (source) => (source.head !== undefined && isLog(source.head) ? logRows(source) : sampleRows(source)),
}

function isLog({ keys }: Head): boolean {
  return keys.has('/eval/model') || (keys.has('/eval/task') && keys.has('/status'))
}

function sampleRows(source: Source): AsyncIterable<ImportedRow> {
  const task = source.task ?? fileTopic(source.path)
  return convertedRows(source, ({ row, where, number }) => {
    // Inspect numbers samples without an id from 1, and its logs say these numbers.
    const item = itemOf(row, task, nameIn(row['id']) ?? String(number + 1))
    return item === undefined ? { kind: 'wrong', where, fault: NO_INPUT } : { kind: 'read', where, item }
  })
}

const NO_INPUT = '"input" is no text and no chat; expected "…" or [{"role", "content"}]'

function itemOf(sample: JsonObject, task: string, item: string): JsonObject | undefined {
  const { input, target, choices, metadata } = sample
  const prompt = promptIn(input)
  if (prompt === undefined) return undefined
  return present({
    task,
    item,
    prompt,
    gold: target,
    category: nameIn(objectIn(metadata)['category']),
    options: choicesIn(choices),
    messages: messagesIn(input),
    metadata: isJsonObject(metadata) && Object.keys(metadata).length > 0 ? metadata : undefined,
  })
}

/** A text is a list with commas or spaces between, as Inspect reads a CSV column. */
function choicesIn(choices: Json | undefined): readonly string[] | undefined {
  if (isJsonArray(choices))
    return choices.length > 0 ? choices.map((choice) => textIn(choice) ?? '') : undefined
  if (typeof choices !== 'string' || choices.trim() === '') return undefined
  return choices.split(choices.includes(',') ? ',' : /\s+/).map((choice) => choice.trim())
}

async function* logRows(source: Source): AsyncGenerator<ImportedRow> {
  const run = await runOf(source)
  const metric = new MetricChoice(source)
  const parts = jsonParts(source.path, source.world, [{ at: '/samples/*', only: FIELDS }])
  for await (const { path, value } of parts) {
    const where = wherePart(source.path, path)
    if (isJsonObject(value)) yield sampleOf(value, where, run, metric)
    else
      yield { kind: 'wrong', where, fault: 'the sample is no object; expected {"id", "epoch", "scores", …}' }
  }
}

/** Everything else of a sample, such as the log of its events, may be megabytes. */
const FIELDS = ['id', 'epoch', 'input', 'choices', 'target', 'output', 'scores', 'metadata', 'error']

type Run = { readonly task: string; readonly model: string }

/** They stand before the samples; a log that was edited may have them after. */
async function runOf({ path, world, ...asked }: Source): Promise<Run> {
  let { task, model } = asked
  for await (const { path: at, value } of jsonParts(path, world, [
    { at: '/eval/task' },
    { at: '/eval/model' },
  ])) {
    if (at[1] === 'task') task ??= nameIn(value)
    else model ??= nameIn(value)
    if (task !== undefined && model !== undefined) break
  }
  if (model === undefined) throw invalid(`${path}: the log names no model; expected --model NAME`)
  return { task: task ?? fileTopic(path), model }
}

function sampleOf(sample: JsonObject, where: Where, run: Run, metric: MetricChoice): ImportedRow {
  const id = nameIn(sample['id'])
  if (id === undefined)
    return { kind: 'wrong', where, fault: '"id" is missing; expected the name of the sample' }
  const item = itemOf(sample, run.task, id)
  if (item === undefined) return { kind: 'wrong', where, fault: NO_INPUT }
  const result = resultOf(sample, metric)
  if (typeof result === 'string') return { kind: 'wrong', where, fault: result }
  const { epoch } = sample
  const repeated = typeof epoch === 'number' && epoch > 1 ? epoch : undefined
  const { task, model } = run
  return {
    kind: 'read',
    where,
    item,
    outcomes: [present({ task, item: id, model, ...result, sample: repeated })],
  }
}

type Result = { readonly [field: string]: Json | undefined }

/** A text says why the sample has no result. */
function resultOf(sample: JsonObject, metric: MetricChoice): Result | string {
  const effort = effortOf(sample)
  const { error } = sample
  if (isJsonObject(error))
    return { score: 0, ...effort, error: textIn(error['message']) ?? 'the sample failed' }
  const scores = objectIn(sample['scores'])
  const name = metric.of(Object.keys(scores))
  if (name === undefined) return 'the sample has no score; expected "scores"'
  const score = scores[name]
  if (!isJsonObject(score))
    return `there is no score of this name; expected one of ${Object.keys(scores).join(', ')}`
  const { value } = score
  // NaN, which arrives as null, is how Inspect marks a sample that its scorer could not score.
  if (value === null) return { score: 0, ...effort, error: `the scorer ${name} gave no score` }
  if (value === 'N') return { score: 0, answer: '', ...effort }
  return { score: scoreIn(value), answer: textIn(score['answer']), ...effort }
}

/** As Inspect's own `value_to_float`, except that what it cannot convert is an error here and a 0 there. */
function scoreIn(value: Json | undefined): Json | undefined {
  if (typeof value === 'boolean') return Number(value)
  if (typeof value !== 'string') return value
  const named = LETTERS[value] ?? WORDS[value.toLowerCase()]
  return named ?? (/^\s*[-+]?\d*\.?\d+\s*$/.test(value) ? Number(value) : value)
}

const LETTERS: Readonly<Record<string, number>> = { C: 1, P: 0.5, I: 0 }
const WORDS: Readonly<Record<string, number>> = { yes: 1, true: 1, no: 0, false: 0 }

function effortOf(sample: JsonObject): Result {
  const output = objectIn(sample['output'])
  const choice = isJsonArray(output['choices']) ? objectIn(output['choices'][0]) : {}
  const text = promptIn([objectIn(choice['message'])]) ?? textIn(output['completion'])
  const { time } = output
  return { chars: text?.length, latency_ms: typeof time === 'number' ? time * 1000 : undefined }
}
