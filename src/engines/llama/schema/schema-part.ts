import type { Json, JsonObject } from '../../../core/json.ts'
import type { Expression } from './expression.ts'
import type { Rules } from './rules.ts'

/** One of the schemas that the same value must meet, and where it stands. */
export type Part = { readonly schema: JsonObject; readonly at: string }
export type Child = { readonly schema: Json; readonly at: string }

/** Everything that one value must meet, with references, `allOf` and one option of each choice gone into. */
export type Leaf = {
  readonly parts: readonly Part[]
  readonly rules: Rules
  /** The grammar of a value that meets all of these. */
  readonly value: (all: readonly Child[]) => Expression
}

/** The values of a keyword, with the schemas that have it. */
export function having(
  parts: readonly Part[],
  keyword: string,
): readonly (Child & { readonly part: Part })[] {
  return parts.flatMap((part) => {
    const schema = part.schema[keyword]
    return schema === undefined ? [] : [{ schema, at: `${part.at}/${keyword}`, part }]
  })
}

export function numbersOf(parts: readonly Part[], keyword: string): readonly number[] {
  return having(parts, keyword).map(({ schema }) => Number(schema))
}

/** These keywords are left to the validator, wherever they stand. */
export function leave({ parts, rules }: Leaf, ...keywords: readonly string[]): void {
  for (const keyword of keywords) for (const { part } of having(parts, keyword)) rules.gap(keyword, part.at)
}

/** A name as a step of a JSON pointer. */
export function step(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
