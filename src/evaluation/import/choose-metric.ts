import type { Source } from './importer.ts'

/** Which of several scores of a row is the score: said by the user, or the first of the first row, and told once. */
export class MetricChoice {
  readonly #source: Source
  #chosen: string | undefined

  constructor(source: Source) {
    this.#source = source
    this.#chosen = source.metric
  }

  /** `names`: the scores that a row has, the most telling one first. Undefined when it has none. */
  of(names: readonly string[]): string | undefined {
    if (this.#chosen !== undefined) return this.#chosen
    const [first] = names
    if (first === undefined) return undefined
    const others = names.length > 1 ? ` of ${names.join(', ')}; --metric takes another` : ''
    this.#source.world.note(`${this.#source.path}: the score is ${first}${others}`, 'dim')
    this.#chosen = first
    return first
  }
}
