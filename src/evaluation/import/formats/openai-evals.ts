import { isJsonObject, type Json, type JsonObject } from '../../../core/json.ts'
import { invalid } from '../../../core/errors.ts'
import type { Where } from '../../../evidence/outcome.ts'
import { messagesIn, promptIn } from '../chat-prompt.ts'
import { MetricChoice } from '../choose-metric.ts'
import { fileTopic } from '../file-topic.ts'
import type { ImportedRow, Importer, Source } from '../importer.ts'
import { listIn, nameIn, objectIn, present, textIn } from '../row-fields.ts'
import { convertedRows } from '../source-rows.ts'

/**
 * openai/evals: samples (`{"input", "ideal"}` per line), or the events that `oaieval` recorded (a `spec`, then one event
 * per line, a final report). `sample_id` is `<eval>.<split>.<number of the sample>`, so the number joins the two.
 */
export const openAiEvals: Importer = {
  name: 'openai-evals',
  about: 'samples ("input", "ideal") or recorded events of openai/evals',
  detect: ({ keys }) => (keys.has('/input') && keys.has('/ideal')) || isRecord(keys),
  rows: (source) =>
    source.head !== undefined && isRecord(source.head.keys) ? eventRows(source) : sampleRows(source),
}

function isRecord(keys: ReadonlySet<string>): boolean {
  return (
    keys.has('/spec/completion_fns') ||
    keys.has('/spec/model_name') ||
    (keys.has('/sample_id') && keys.has('/run_id'))
  )
}

function sampleRows(source: Source): AsyncIterable<ImportedRow> {
  const task = source.task ?? fileTopic(source.path)
  return convertedRows(source, ({ row, where, number }) => {
    const prompt = promptIn(row['input'])
    if (prompt === undefined) return { kind: 'wrong', where, fault: NO_INPUT }
    return { kind: 'read', where, item: present({ task, item: String(number), prompt, ...besides(row) }) }
  })
}

const NO_INPUT = '"input" is no text and no chat; expected "…" or [{"role", "content"}]'

function besides({ input, ideal, ...others }: JsonObject): { readonly [field: string]: Json | undefined } {
  const metadata = Object.keys(others).length > 0 ? others : undefined
  return { gold: ideal, category: nameIn(others['category']), messages: messagesIn(input), metadata }
}

async function* eventRows(source: Source): AsyncGenerator<ImportedRow> {
  const run = new RecordedRun(source)
  yield* convertedRows(source, ({ row, where }) => run.rowOf(row, where))
  for (const where of run.unscored())
    yield {
      kind: 'wrong',
      where,
      fault: 'the sample was asked and never scored; expected a match or metrics event',
    }
}

class RecordedRun {
  readonly #source: Source
  readonly #metric: MetricChoice
  #task: string
  #model: string | undefined
  /** Samples between being asked and being scored: as many as the run had threads, or all of them if it broke off. */
  readonly #asked = new Map<string, { readonly where: Where; readonly chars: number }>()

  constructor(source: Source) {
    this.#source = source
    this.#metric = new MetricChoice(source)
    this.#task = source.task ?? fileTopic(source.path)
    this.#model = source.model
  }

  rowOf(row: JsonObject, where: Where): ImportedRow {
    if (isJsonObject(row['spec'])) return this.#begin(row['spec'])
    if (row['final_report'] !== undefined) return { kind: 'skipped', reason: 'the final report' }
    const { type, sample_id: id } = row
    if (typeof type !== 'string' || typeof id !== 'string')
      return { kind: 'wrong', where, fault: '"type" or "sample_id" is missing; expected a recorded event' }
    const data = objectIn(row['data'])
    switch (type) {
      case 'match':
        return this.#scored(id, where, { score: matchScore(data), answer: answerOf(data) })
      case 'metrics':
        return this.#measured(id, where, data)
      case 'error':
        return this.#scored(id, where, { score: 0, error: textIn(data['message']) ?? 'the sample failed' })
      case 'sampling':
        this.#asked.set(id, { where, chars: this.#charsSoFar(id) + sampledIn(data).length })
        return { kind: 'skipped', reason: 'sampling events, of which only the length is used' }
      default:
        return { kind: 'skipped', reason: `${KNOWN_EVENTS.has(type) ? type : 'other'} events` }
    }
  }

  /** Places of samples that were asked and never scored. */
  unscored(): readonly Where[] {
    return Array.from(this.#asked.values(), ({ where }) => where)
  }

  #begin(spec: JsonObject): ImportedRow {
    const named = nameIn(listIn(spec['completion_fns'])[0]) ?? modelNameIn(spec['model_name'])
    this.#model = this.#source.model ?? named
    this.#task = this.#source.task ?? nameIn(spec['base_eval']) ?? nameIn(spec['eval_name']) ?? this.#task
    return { kind: 'skipped', reason: 'the description of the run' }
  }

  /** Model-graded evals record metrics instead of a match; without a number among them, none of the row is a score. */
  #measured(id: string, where: Where, data: JsonObject): ImportedRow {
    const names = Object.keys(data).filter((name) => ['number', 'boolean'].includes(typeof data[name]))
    const first = ['score', 'accuracy', 'correct'].filter((name) => names.includes(name))
    const metric = this.#metric.of([...first, ...names.filter((name) => !first.includes(name))])
    const value = metric === undefined ? undefined : data[metric]
    const score = typeof value === 'boolean' ? Number(value) : value
    const choice = textIn(data['choice'])
    return this.#scored(id, where, { score, answer: choice === INVALID_CHOICE ? '' : choice })
  }

  #scored(id: string, where: Where, result: { readonly [field: string]: Json | undefined }): ImportedRow {
    if (this.#model === undefined)
      throw invalid(`${this.#source.path}: no model is named before the first event; expected --model NAME`)
    const chars = this.#asked.get(id)?.chars
    this.#asked.delete(id)
    const item = /\.(\d+)$/.exec(id)?.[1] ?? id
    return {
      kind: 'read',
      where,
      outcomes: [present({ task: this.#task, item, model: this.#model, ...result, chars })],
    }
  }

  #charsSoFar(id: string): number {
    return this.#asked.get(id)?.chars ?? 0
  }
}

/** What a model-graded eval records when its judge named none of the choices. */
const INVALID_CHOICE = '__invalid__'

const KNOWN_EVENTS: ReadonlySet<string> = new Set([
  'raw_sample',
  'cond_logp',
  'pick_option',
  'embedding',
  'extra',
])

function modelNameIn(value: Json | undefined): string | undefined {
  return nameIn(value) ?? nameIn(listIn(objectIn(value)['completions'])[0])
}

function matchScore(data: JsonObject): Json | undefined {
  return typeof data['correct'] === 'boolean' ? Number(data['correct']) : data['correct']
}

/** `picked` is null when no option was recognised; then what was said is the answer. */
function answerOf(data: JsonObject): string {
  const picked = data['picked'] ?? undefined
  return (picked === undefined ? sampledIn(data) : (textIn(picked) ?? '')).trim()
}

/** A list of one is how newer versions write a single answer. */
function sampledIn({ sampled }: JsonObject): string {
  const list = listIn(sampled)
  return textIn(list.length === 1 ? list[0] : sampled) ?? ''
}
