import type { SpendBy } from './spend.ts'

export const SPEND_BY = ['model', 'team', 'project', 'key', 'task'] as const satisfies readonly SpendBy[]
export const SPEND_RANGES = ['today', 'week', 'thirty-days', 'month', 'last-month'] as const

export type SpendRange = (typeof SPEND_RANGES)[number]

/** Absent where it is the usual one: by model, thirty days. */
export type SpendChoice = { readonly by?: (typeof SPEND_BY)[number]; readonly range?: SpendRange }

export function spendChoiceOfSearch(search: Record<string, unknown>): SpendChoice {
  const by = SPEND_BY.find((known) => known === search['by'])
  const range = SPEND_RANGES.find((known) => known === search['range'])
  return { ...(by !== undefined && { by }), ...(range !== undefined && { range }) }
}
