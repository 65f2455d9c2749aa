import { isJsonObject, type Json } from '../../core/json.ts'
import { jsonInText } from '../../evidence/scorers/json-in-text.ts'
import type { Scale } from './judge-prompt.ts'

export type Winner = 'first' | 'second' | 'tie'

/** The grade as a score from 0 to 1; undefined where the reply holds none, two different ones, or one off the scale. */
export function gradeIn(reply: string, scale: Scale): number | undefined {
  const [low, high] = scale === '1-5' ? [1, 5] : [0, 1]
  const grade = one(spoken(reply, 'score', GRADES).map(Number))
  return grade !== undefined && grade >= low && grade <= high ? (grade - low) / (high - low) : undefined
}

/** Undefined where the reply names nobody, or both. */
export function winnerIn(reply: string): Winner | undefined {
  const winner = one(spoken(reply, 'winner', WINNERS).map((word) => word.toLowerCase()))
  return winner === 'first' || winner === 'second' || winner === 'tie' ? winner : undefined
}

const GRADES = [
  /\[\[\s*(-?\d+(?:\.\d+)?)\s*\]\]/g,
  /\b(?:score|grade|rating)["'*\s]*(?:[:=]|\bis\b)["'*\s]*(-?\d+(?:\.\d+)?)/gi,
  /^["'*\s]*(-?\d+(?:\.\d+)?)(?:\s*\/\s*[15])?["'*.\s]*$/g,
]
const WINNERS = [
  /\[\[\s*(first|second|tie)\s*\]\]/gi,
  /\bwinner["'*\s]*(?:[:=]|\bis\b)["'*\s]*(?:the\s)?(first|second|tie)\b/gi,
  /^["'*\s]*(first|second|tie)["'*.\s]*$/gi,
]

/** What the reply says: the field of its last JSON object, or else what the first pattern that fits finds. */
function spoken(reply: string, field: string, patterns: readonly RegExp[]): readonly string[] {
  // Reasoning that a model prints before its reply may weigh grades that it does not give.
  const said = reply.split('</think>').at(-1) ?? ''
  const object = jsonInText(said, '{')
  const value = isJsonObject(object) && Object.hasOwn(object, field) ? plain(object[field]) : undefined
  if (value !== undefined) return [value]
  const found = patterns.map((pattern) => Array.from(said.matchAll(pattern), ([, word = '']) => word))
  return found.find((words) => words.length > 0) ?? []
}

function plain(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

function one<Value>(values: readonly Value[]): Value | undefined {
  return new Set(values).size === 1 ? values[0] : undefined
}
