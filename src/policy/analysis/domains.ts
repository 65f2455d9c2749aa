import type { Condition } from '../cel/compile-condition.ts'
import type { Comparison } from '../cel/read-mentions.ts'
import type { Fact, FactName, Value } from '../facts/fact-table.ts'

/** One value that stands for all that no rule can tell from it. */
export type Cell = { readonly value: Value | undefined; readonly shown: string }

export type Domain = {
  readonly fact: Fact
  readonly cells: readonly Cell[]
  /** False: there are more than were enumerated, so that what was not found may still exist. */
  readonly whole: boolean
}

/**
 * For every fact that the conditions read, values such that any other value behaves as one of them: on, below and above
 * each number it is compared with; each text, and one that begins, ends or goes on as some rule asks; every set of the
 * entries that a list is asked for, with and without another one.
 */
export function domainsOf(conditions: readonly Condition[]): ReadonlyMap<FactName, Domain> {
  const comparisons = conditions.flatMap((condition) => condition.comparisons)
  const facts = new Set(conditions.flatMap((condition) => condition.mentions))
  return new Map(
    Array.from(facts, (fact) => [fact.name, domainOf(fact, comparedWith(fact, comparisons))] as const),
  )
}

type Compared = Readonly<Record<Comparison['how'], readonly (string | number)[]>> & {
  readonly linked: boolean
}

/** Facts that are compared with one another share what either is compared with. */
function comparedWith(fact: Fact, comparisons: readonly Comparison[]): Compared {
  const group = new Set([fact])
  for (let size = 0; size !== group.size;) {
    size = group.size
    for (const { facts } of comparisons)
      if (facts.some((each) => group.has(each))) for (const each of facts) group.add(each)
  }
  const own = comparisons.filter(({ facts }) => facts.some((each) => group.has(each)))
  const constantsOf = (how: Comparison['how']) => [
    ...new Set(own.filter((each) => each.how === how).flatMap(({ constants }) => constants)),
  ]
  const compare = [...new Set([...constantsOf('compare'), ...constantsOf('order')])]
  return {
    compare,
    order: constantsOf('order'),
    startsWith: constantsOf('startsWith'),
    endsWith: constantsOf('endsWith'),
    contains: constantsOf('contains'),
    // What a size is compared with is a number among the constants of its comparison.
    size: own.some(({ how }) => how === 'size') ? compare : [],
    linked: group.size > 1,
  }
}

function domainOf(fact: Fact, compared: Compared): Domain {
  if (fact.values !== undefined) {
    const cells = fact.values.map((value) => ({ value, shown: String(value) }))
    return { fact, cells, whole: true }
  }
  switch (fact.type) {
    case 'bool':
      return { fact, cells: [cell(true, 'yes'), cell(false, 'no')], whole: true }
    case 'int':
    case 'double':
      return { fact, cells: numberCells(compared, fact.type === 'int'), whole: true }
    case 'string':
      return {
        fact,
        cells: textCells(compared),
        whole: compared.size.length === 0 && tellsAllTexts(compared),
      }
    case 'list<string>':
      return { fact, ...listCells(compared) }
    default:
      return fact.type satisfies never
  }
}

function cell(value: Value, shown: string): Cell {
  return { value, shown }
}

/** Numbers from 0 up; two between each pair where facts are compared with one another, so that either may be the larger. */
function numberCells({ compare, linked }: Compared, whole: boolean): readonly Cell[] {
  const bounds = [...new Set(compare.filter((each) => typeof each === 'number'))].toSorted((a, b) => a - b)
  const [first] = bounds
  const last = bounds.at(-1)
  if (first === undefined || last === undefined)
    return linked ? [cell(1, 'a smaller one'), cell(2, 'a larger one')] : [cell(1, 'any')]
  const gaps = bounds.slice(0, -1).map((low, index) => [low, bounds[index + 1] ?? low] as const)
  const between = gaps.flatMap(([low, high]) =>
    spread(low, high, linked, whole, `between ${low} and ${high}`),
  )
  return [
    ...(first > 0 ? spread(-1, first, linked, whole, `below ${first}`) : []),
    ...bounds.map((bound) => cell(bound, `${bound}`)),
    ...between,
    cell(last + 1, `above ${last}`),
    ...(linked ? [cell(last + 2, `above ${last}`)] : []),
  ]
}

function spread(low: number, high: number, linked: boolean, whole: boolean, shown: string): readonly Cell[] {
  const candidates = whole ? [high - 1, high - 2] : [(low + high) / 2, (low + 3 * high) / 4]
  return candidates
    .slice(0, linked ? 2 : 1)
    .filter((each) => each > low && each >= 0)
    .map((each) => cell(each, shown))
}

/** A character that no name of a region, a seller or a team holds. */
const FILLER = '~'

function textCells(compared: Compared): readonly Cell[] {
  const constants = texts(compared.compare)
  const made = texts(compared.startsWith).flatMap((prefix) =>
    ['', ...texts(compared.endsWith)].map((suffix) =>
      cell(
        `${prefix}${FILLER}${suffix}`,
        `beginning with ${prefix}${suffix === '' ? '' : `, ending with ${suffix}`}`,
      ),
    ),
  )
  return distinct([
    ...constants.map((text) => cell(text, text)),
    ...datesAround(constants.filter(isDate)),
    ...made,
    ...texts(compared.endsWith).map((suffix) => cell(`${FILLER}${suffix}`, `ending with ${suffix}`)),
    ...texts(compared.contains).map((part) => cell(`${FILLER}${part}${FILLER}`, `with ${part} in it`)),
    cell(FILLER, 'anything else'),
    ...(compared.linked ? [cell(`${FILLER}${FILLER}`, 'anything else again')] : []),
  ])
}

/** Not where several questions about parts of a text may be true of it at once, nor where texts other than dates are ordered. */
function tellsAllTexts({ startsWith, endsWith, contains, order }: Compared): boolean {
  const parts = startsWith.length + endsWith.length
  return texts(order).every(isDate) && (contains.length === 0 || (contains.length === 1 && parts === 0))
}

/** Dates are compared as text. */
function datesAround(dates: readonly string[]): readonly Cell[] {
  const [first] = dates.toSorted()
  if (first === undefined) return []
  return [
    cell('0000-01-01', `before ${first}`),
    ...dates.map((date) => cell(`${date}~`, `just after ${date}`)),
  ]
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text)
}

function texts(constants: readonly (string | number)[]): readonly string[] {
  return constants.filter((each) => typeof each === 'string')
}

function distinct(cells: readonly Cell[]): readonly Cell[] {
  return [...new Map(cells.map((each) => [each.value, each] as const)).values()]
}

// 2^8 sets of entries, times a few lengths.
const MAX_ENTRIES = 8

function listCells(compared: Compared): Pick<Domain, 'cells' | 'whole'> {
  const entries = textCells({ ...compared, compare: texts(compared.compare) }).map(({ value, shown }) => ({
    text: String(value),
    shown: value === FILLER ? 'something else' : shown,
  }))
  const used = entries.slice(-MAX_ENTRIES)
  const sets = Array.from({ length: 2 ** used.length }, (_, bits) => used.filter((_, at) => (bits >> at) & 1))
  const sizes = compared.size.filter((each) => typeof each === 'number').flatMap((each) => [each, each + 1])
  const cells = sets.flatMap((set) => {
    const shown = set.length === 0 ? 'nothing' : set.map((each) => each.shown).join(' + ')
    const filled = [...new Set(sizes)].filter((size) => size > set.length && set.length > 0)
    const held = set.map(({ text }) => text)
    return [cell(held, shown), ...filled.map((size) => cell(padded(held, size), `${shown}, ${size} in all`))]
  })
  return { cells, whole: entries.length <= MAX_ENTRIES && tellsAllTexts(compared) }
}

function padded(entries: readonly string[], size: number): readonly string[] {
  const [first = FILLER] = entries
  return [...entries, ...Array.from({ length: Math.min(size, MAX_PADDING) - entries.length }, () => first)]
}

const MAX_PADDING = 64
