import { isJsonArray, type Json, type JsonObject } from '../../../core/json.ts'
import { invalid } from '../../../core/errors.ts'
import type { Where } from '../../../evidence/outcome.ts'
import { messagesIn, promptIn } from '../chat-prompt.ts'
import { MetricChoice } from '../choose-metric.ts'
import { contentName } from '../content-name.ts'
import { fileTopic } from '../file-topic.ts'
import type { ImportedRow, Importer, Source } from '../importer.ts'
import { parseLenientJson } from '../parse-lenient-json.ts'
import { pythonTexts } from '../python-texts.ts'
import type { Head } from '../read-head.ts'
import { nameIn, present, textIn } from '../row-fields.ts'
import { convertedRows } from '../source-rows.ts'

/**
 * Ragas data sets and results (`result.to_pandas()` as CSV, JSON or JSON Lines): `user_input`, `retrieved_contexts`,
 * `response`, `reference` (before 0.2 `question`, `contexts`, `answer`, `ground_truth`) and a column per metric. A judge
 * that could not be parsed leaves NaN, which Ragas drops from its means; here it is a failed row with score 0.
 */
export const ragas: Importer = {
  name: 'ragas',
  about: 'Ragas columns (user_input, retrieved_contexts, response, reference, metrics), CSV or JSON Lines',
  detect: (head) => isOf(head, NEW) || isOf(head, OLD),
  rows,
}

type Columns = {
  readonly question: string
  readonly contexts: string
  readonly answer: string
  readonly gold: string
}
const NEW: Columns = {
  question: 'user_input',
  contexts: 'retrieved_contexts',
  answer: 'response',
  gold: 'reference',
}
const OLD: Columns = { question: 'question', contexts: 'contexts', answer: 'answer', gold: 'ground_truth' }

/** A question with an answer is any quiz; contexts or a reference make it Ragas. */
function isOf({ keys }: Head, { question, contexts, gold }: Columns): boolean {
  return keys.has(`/${question}`) && (keys.has(`/${contexts}`) || keys.has(`/${gold}`))
}

function rows(source: Source): AsyncIterable<ImportedRow> {
  const { head } = source
  const columns = head !== undefined && !isOf(head, NEW) && isOf(head, OLD) ? OLD : NEW
  const run = {
    columns,
    task: source.task ?? fileTopic(source.path),
    source,
    metric: new MetricChoice(source),
  }
  return convertedRows(source, ({ row, where }) => imported(row, where, run))
}

type Run = {
  readonly columns: Columns
  readonly task: string
  readonly source: Source
  readonly metric: MetricChoice
}

function imported(row: JsonObject, where: Where, run: Run): ImportedRow {
  const { columns, task } = run
  const input = chatOr(row[columns.question])
  const prompt = promptIn(input)
  if (prompt === undefined || prompt === '')
    return {
      kind: 'wrong',
      where,
      fault: `"${columns.question}" is missing; expected a question or a conversation`,
    }
  const gold = nameIn(row[columns.gold])
  const name = nameIn(row['item']) ?? nameIn(row['id']) ?? contentName(present({ prompt, gold }))
  const context = contextsIn(row[columns.contexts])
  const item = present({ task, item: name, prompt, gold, context, messages: messagesIn(input) })
  const outcome = outcomeOf(row, name, run)
  return { kind: 'read', where, item, ...(outcome && { outcomes: [outcome] }) }
}

/** Undefined for a data set that nobody answered or scored yet. */
function outcomeOf(
  row: JsonObject,
  item: string,
  { columns, task, source, metric }: Run,
): JsonObject | undefined {
  const name = metric.of(metricsOf(row))
  if (name === undefined) return undefined
  const model = source.model ?? nameIn(row['model'])
  if (model === undefined)
    throw invalid(`${source.path}: no column says which model answered; expected --model NAME`)
  const answer = textIn(row[columns.answer])
  const said = answer === undefined ? {} : { answer: answer.trim(), chars: answer.length }
  const score = numberIn(row[name])
  const result =
    score === undefined ? { score: 0, ...said, error: `the metric ${name} is NaN` } : { score, ...said }
  return { task, item, model, ...result }
}

/** Ragas drops what its judge failed on; so a cell that is empty or NaN is no number and not a column that is absent. */
function numberIn(value: Json | undefined): Json | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'boolean') return Number(value)
  if (typeof value !== 'string') return value
  const text = value.trim()
  if (text === '' || /^[-+]?(nan|inf|infinity)$/i.test(text)) return undefined
  return /^[-+]?\d*\.?\d+(e[-+]?\d+)?$/i.test(text) ? Number(text) : text
}

/** Columns that are no metric. Every other one with numbers in it is. */
const NO_METRIC: ReadonlySet<string> = new Set(
  [
    'user_input retrieved_contexts reference_contexts response multi_responses reference rubric rubrics',
    'reference_tool_calls reference_topics retrieved_context_ids reference_context_ids',
    'question contexts answer ground_truth ground_truths model item id',
    'persona_name synthesizer_name query_style query_length response_time latency cost',
  ].flatMap((names) => names.split(' ')),
)

/** A data frame that was saved with its row numbers has them in a column without a name. */
const ROW_NUMBERS = /^(Unnamed: \d+|index)?$/

/** Of the whole answer first: faithfulness says nothing about whether the question was answered. */
const FIRST = [
  'answer_correctness',
  'factual_correctness',
  'factual_correctness(mode=f1)',
  'semantic_similarity',
]

function metricsOf(row: JsonObject): readonly string[] {
  const names = Object.keys(row).filter(
    (name) => !NO_METRIC.has(name) && !ROW_NUMBERS.test(name) && isScore(row[name]),
  )
  const first = FIRST.filter((name) => names.includes(name))
  return [...first, ...names.filter((name) => !first.includes(name))]
}

function isScore(value: Json | undefined): boolean {
  const number = numberIn(value)
  return number === undefined || typeof number === 'number'
}

/** In CSV a conversation is the text of a list. */
function chatOr(value: Json | undefined): Json | undefined {
  if (typeof value !== 'string' || !value.startsWith('[{')) return value
  const parsed = parseLenientJson(value)
  return isJsonArray(parsed) ? parsed : value
}

function contextsIn(value: Json | undefined): string | undefined {
  const texts = isJsonArray(value)
    ? value.map((each) => textIn(each) ?? '')
    : pythonTexts(textIn(value) ?? '')
  return texts.length > 0 ? texts.join('\n\n') : undefined
}
