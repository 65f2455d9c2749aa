import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'

/** A thousand million: five hundred times the longest context. What is above is a mistake, and would overflow a sum of money. */
export const MAX_COUNT = 1_000_000_000

/**
 * The counts of one usage object of a vendor. A count is a whole number from 0 to `MAX_COUNT`; null and absent are
 * unknown. Anything else reads as unknown too, and the first such field is kept as a fault for whoever must refuse it.
 */
export class Counts {
  fault: string | undefined
  readonly #object: JsonObject
  readonly #path: string
  readonly #parent: Counts | undefined

  constructor(object: JsonObject, path = 'usage', parent?: Counts) {
    this.#object = object
    this.#path = path
    this.#parent = parent
  }

  /** The first of several names that is known: vendors call one thing by many. */
  of(...names: readonly string[]): number | undefined {
    for (const name of names) {
      const value = this.#object[name]
      if (value === undefined || value === null) continue
      const count = countOf(value)
      if (count !== undefined) return count
      this.#refuse(name, value)
    }
    return undefined
  }

  /** A nested object of counts; an empty one where there is none. */
  in(...names: readonly string[]): Counts {
    const name = names.find((each) => isJsonObject(this.#object[each]))
    const value = name === undefined ? undefined : this.#object[name]
    return new Counts(
      isJsonObject(value) ? value : {},
      `${this.#path}.${name ?? names[0] ?? ''}`,
      this.#root(),
    )
  }

  /** The objects of a list of counts. */
  each(name: string): readonly Counts[] {
    const list = this.#object[name]
    if (!isJsonArray(list)) return []
    return list.flatMap((entry, place) =>
      isJsonObject(entry) ? [new Counts(entry, `${this.#path}.${name}[${place}]`, this.#root())] : [],
    )
  }

  /** An amount of money or a part of one: any number from 0 up. */
  amount(name: string): number | undefined {
    const value = this.#object[name]
    if (value === undefined || value === null) return undefined
    if (typeof value === 'number' && value >= 0) return value
    this.#refuse(name, value, 'an amount from 0 up')
    return undefined
  }

  /** True where the field is there as an explicit null. */
  isNull(name: string): boolean {
    return this.#object[name] === null
  }

  has(name: string): boolean {
    return this.#object[name] !== undefined && this.#object[name] !== null
  }

  text(...names: readonly string[]): string | undefined {
    for (const name of names) {
      const value = this.#object[name]
      if (typeof value === 'string' && value !== '') return value
    }
    return undefined
  }

  /** Anything, for what is no count. */
  field(name: string): Json | undefined {
    return this.#object[name]
  }

  #root(): Counts {
    return this.#parent ?? this
  }

  #refuse(name: string, value: Json, expected = `a whole number from 0 to ${MAX_COUNT}`): void {
    const given =
      typeof value === 'number' ? String(value) : Array.isArray(value) ? 'a list' : `a ${typeof value}`
    this.#root().fault ??= `"${this.#path}.${name}" is ${given}; expected ${expected}`
  }
}

function countOf(value: Json): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_COUNT
    ? value
    : undefined
}
