import { normaliseAnswer } from '../../combine/recorded/normalise-answer.ts'
import type { Column, TaskView } from '../../evidence/outcome-table.ts'
import type { Agreement } from './report.ts'

/**
 * How often each two models do the same on the items that both were run on. By answers where at least two models have
 * any, then over these only; else by scores. Null below two models.
 */
export function agreementOf(view: TaskView, models: readonly string[]): Agreement | null {
  const columns = models.map((model) => view.column(model))
  const numbers = new AnswerNumbers()
  const speaking = columns.filter(({ answers }) => answers?.some((answer) => answer !== '') === true)
  if (speaking.length >= 2) {
    const answers = speaking.map((column) => numbers.ofColumn(column))
    return symmetric('answers', speaking, (a, b) => sameAnswers(answers[a], answers[b]))
  }
  if (columns.length < 2) return null
  return symmetric('scores', columns, (a, b) => sameScores(columns[a], columns[b]))
}

function symmetric(
  kind: Agreement['kind'],
  columns: readonly Column[],
  shareOf: (a: number, b: number) => number | null,
): Agreement {
  const below = columns.map((_, row) => columns.slice(0, row).map((_each, column) => shareOf(row, column)))
  return {
    kind,
    models: columns.map(({ model }) => model),
    shares: columns.map((_, row) =>
      columns.map((_each, column) =>
        row === column ? 1 : (below[Math.max(row, column)]?.[Math.min(row, column)] ?? null),
      ),
    ),
  }
}

const NOT_RUN = -1
const NO_ANSWER = 0
const NOTHING = new Int32Array()

/** Answers as numbers, equal for equal answers; each different text is normalised once. */
class AnswerNumbers {
  readonly #ofText = new Map<string, number>([['', NO_ANSWER]])
  readonly #ofNormal = new Map<string, number>()

  ofColumn({ answers, samples }: Column): Int32Array {
    return Int32Array.from(samples, (runs, place) =>
      runs === 0 ? NOT_RUN : this.#number(answers?.[place] ?? ''),
    )
  }

  #number(text: string): number {
    const known = this.#ofText.get(text)
    if (known !== undefined) return known
    const { rule, text: normal } = normaliseAnswer(text)
    const key = `${rule} ${normal}`
    const number = rule === 'none' ? NO_ANSWER : (this.#ofNormal.get(key) ?? this.#ofNormal.size + 1)
    if (rule !== 'none') this.#ofNormal.set(key, number)
    this.#ofText.set(text, number)
    return number
  }
}

/** No answer agrees with nothing, not even with another one. */
function sameAnswers(a: Int32Array = NOTHING, b: Int32Array = NOTHING): number | null {
  let [common, same] = [0, 0]
  for (let place = 0; place < a.length; place += 1) {
    const [left = NOT_RUN, right = NOT_RUN] = [a[place], b[place]]
    if (left === NOT_RUN || right === NOT_RUN) continue
    common += 1
    if (left === right && left !== NO_ANSWER) same += 1
  }
  return common === 0 ? null : same / common
}

function sameScores(a: Column | undefined, b: Column | undefined): number | null {
  let [common, apart] = [0, 0]
  for (let place = 0; place < (a?.scores.length ?? 0); place += 1) {
    if ((a?.samples[place] ?? 0) === 0 || (b?.samples[place] ?? 0) === 0) continue
    common += 1
    apart += Math.abs((a?.scores[place] ?? 0) - (b?.scores[place] ?? 0))
  }
  return common === 0 ? null : 1 - apart / common
}
