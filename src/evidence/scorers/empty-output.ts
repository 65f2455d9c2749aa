import type { Score } from './scorer.ts'

/** What every scorer says of an output of nothing but white space. */
export const EMPTY_OUTPUT: Score = { kind: 'unparsed', why: 'the output is empty' }

export function isEmpty(output: string): boolean {
  return output.trim() === ''
}
