import { nestedJsonIn, parsedJson, type FoundJson } from '../../core/json-in-text.ts'

/**
 * The JSON values of a model's answer: the answer itself where it is nothing else, otherwise every outermost object and
 * list in it, whether in a code fence or between sentences, in their order.
 */
export function jsonInAnswer(answer: string): readonly FoundJson[] {
  const text = answer.trim()
  const value = /^[[{]/.test(text) ? undefined : parsedJson(text)
  return value === undefined ? nestedJsonIn(answer) : [{ text, value }]
}
