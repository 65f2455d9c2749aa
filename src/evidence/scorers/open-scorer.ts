import type { z } from 'zod'
import type { JsonObject } from '../../core/json.ts'
import { choiceScorer, choiceSettings } from './choice.ts'
import { containsScorer, containsSettings } from './contains.ts'
import { exactScorer, exactSettings } from './exact.ts'
import { jsonScorer, jsonSettings } from './json.ts'
import { numberScorer, numberSettings } from './number.ts'
import { parseSettings } from './parse-settings.ts'
import { regexScorer, regexSettings } from './regex.ts'
import { rougeLScorer, rougeLSettings } from './rouge-l.ts'
import type { Scorer } from './scorer.ts'
import { setScorer, setSettings } from './set.ts'

type Opener = (name: string, settings: JsonObject) => Scorer

const OPENERS: Readonly<Record<string, Opener>> = {
  exact: opener(exactSettings, exactScorer),
  number: opener(numberSettings, numberScorer),
  choice: opener(choiceSettings, choiceScorer),
  set: opener(setSettings, setScorer),
  json: opener(jsonSettings, jsonScorer),
  regex: opener(regexSettings, regexScorer),
  contains: opener(containsSettings, containsScorer),
  'rouge-l': opener(rougeLSettings, rougeLScorer),
}

/** Scorers that only compute: no file, no process, no model. */
export const PURE_SCORERS: readonly string[] = Object.keys(OPENERS)

/**
 * The scorer of that name, or undefined when none of these has it. Throws `request.invalid` with one line about the
 * first setting that is wrong.
 */
export function pureScorer(name: string, settings: JsonObject): Scorer | undefined {
  return Object.hasOwn(OPENERS, name) ? OPENERS[name]?.(name, settings) : undefined
}

function opener<Schema extends z.ZodObject>(
  schema: Schema,
  open: (settings: z.output<Schema>) => Scorer,
): Opener {
  return (name, settings) => open(parseSettings(name, schema, settings))
}
