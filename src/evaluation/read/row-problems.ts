import { invalid, type MusivumError } from '../../core/errors.ts'
import type { World } from '../world.ts'

/** What is wrong with rows that were read: all are counted, the first few are kept for people. */
export class RowProblems {
  readonly #first: string[] = []
  #count = 0

  add(problem: string): void {
    this.#count += 1
    if (this.#first.length < MAX_SHOWN) this.#first.push(problem)
  }

  /**
   * Nothing when every row was right. A report over the others would be one over a selection that nobody chose.
   *
   * @throws MusivumError `request.invalid` with the count, after the first problems went to standard error
   */
  refuse(rows: number, world: Pick<World, 'note'>): void {
    if (this.#count === 0) return
    for (const problem of this.#first) world.note(problem)
    throw this.#error(rows)
  }

  #error(rows: number): MusivumError {
    const more = this.#count > this.#first.length ? `, the first ${this.#first.length} of them above` : ''
    const wrong = rows === 1 ? 'the only row is wrong' : `${this.#count} of ${rows} rows are wrong`
    return invalid(`${wrong}${more}; nothing was computed. First: ${this.#first[0] ?? ''}`)
  }
}

const MAX_SHOWN = 5
