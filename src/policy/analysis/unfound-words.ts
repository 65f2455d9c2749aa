import { nearestNames } from '../../core/nearest.ts'
import { LANGUAGES } from '../../privacy/guess-language.ts'
import { nameRows } from '../../privacy/names/name-entities.ts'
import { recognisers } from '../../privacy/recognise/recognisers.ts'
import type { Comparison } from '../cel/read-mentions.ts'
import type { FactName } from '../facts/fact-table.ts'
import type { Rule } from '../rules/rule.ts'

/**
 * Words that lists of a request are searched for and that no recogniser puts there, a line each: `"IN_AADHAR" in
 * request.entities` would never hold, and what the rule was to keep would leave. No mistake by itself, because a request
 * that is explained can state labels of its own.
 */
export function unfoundWords(comparisons: readonly Comparison[]): readonly string[] {
  return [...new Set(comparisons.filter(({ how }) => how === 'compare').flatMap(linesAbout))]
}

/** The same of whole rules, each line with the place of its rule. */
export function unfoundInRules(rules: readonly Rule[]): readonly string[] {
  return rules.flatMap(({ id, at, guard, when }) =>
    unfoundWords([...(guard?.comparisons ?? []), ...when.comparisons]).map(
      (line) => `${at}: rule ${id}: ${line}`,
    ),
  )
}

function linesAbout({ facts, constants }: Comparison): readonly string[] {
  return facts.flatMap(({ name }) => {
    const found = FOUND.get(name)
    if (found === undefined) return []
    return constants
      .filter((word) => typeof word === 'string' && !found.includes(word))
      .map((word) => `${name} never holds ${String(word).slice(0, MAX_SHOWN_CHARS)}; ${hintFor(word, found)}`)
  })
}

// Longer than the name of any entity.
const MAX_SHOWN_CHARS = 64

function hintFor(word: string | number, found: readonly string[]): string {
  const [nearest] = nearestNames(String(word), found, 1)
  if (nearest !== undefined) return `did you mean ${nearest}?`
  return found.length <= MAX_LISTED
    ? `it holds some of ${found.join(', ')}`
    : 'docs/privacy.md lists what is found'
}

// Kinds and languages fit a line; more than a hundred entities do not.
const MAX_LISTED = 24

const rows = [...recognisers, ...nameRows]
const kinds = distinct(rows.map(({ kind }) => kind))
const entities = distinct(rows.map(({ entity }) => entity))

const FOUND: ReadonlyMap<FactName, readonly string[]> = new Map<FactName, readonly string[]>([
  ['request.kinds', kinds],
  ['request.entities', entities],
  ['request.labels', [...kinds, ...entities]],
  ['request.languages', [...LANGUAGES, 'und']],
])

function distinct(words: readonly string[]): readonly string[] {
  return [...new Set(words)].sort()
}
