import { answerChecker } from '../../combine/structured/answer-checker.ts'
import { toMusivumError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { classifierCheck } from '../../guards/checks/classifier.ts'
import { denyCheck } from '../../guards/checks/deny.ts'
import { injectionCheck } from '../../guards/checks/injection.ts'
import { jsonSchemaCheck, type SchemaFault } from '../../guards/checks/json-schema.ts'
import { languageCheck } from '../../guards/checks/language.ts'
import { lengthCheck } from '../../guards/checks/length.ts'
import { promptLeakCheck } from '../../guards/checks/prompt-leak.ts'
import { personalDataCheck, secretsCheck } from '../../guards/checks/recognised.ts'
import type { Check, Guard } from '../../guards/guard.ts'
import { durationMs } from './duration.ts'
import type { GuardEntry } from './schema.ts'
import type { Path } from './yaml-places.ts'

export type ConfiguredGuards = {
  readonly guards: readonly Guard[]
  /** What only shows when it is tried: a pattern that is none, an entity that there is not. */
  readonly problems: readonly GuardProblem[]
  /** What is strange without being wrong. */
  readonly warnings: readonly GuardProblem[]
}

export type GuardProblem = { readonly path: Path; readonly text: string }

/** The guards of the configuration, ready to work. `models` are those that are known by now: others may be discovered later. */
export function configuredGuards(
  entries: readonly GuardEntry[],
  models: ReadonlySet<string>,
): ConfiguredGuards {
  const guards: Guard[] = []
  const problems: GuardProblem[] = []
  for (const [index, entry] of entries.entries()) {
    try {
      guards.push(configuredGuard(entry))
    } catch (thrown) {
      problems.push({ path: ['guards', index, settingOf(entry)], text: toMusivumError(thrown).message })
    }
  }
  return {
    guards,
    problems,
    warnings: entries.flatMap((entry, index) => unknownModels(entry, index, models)),
  }
}

function configuredGuard(entry: GuardEntry): Guard {
  const { id, on, mode = 'hold', fails, action, blocks, models, tasks } = entry
  const check = checkOf(entry)
  return {
    id,
    on,
    mode,
    fails,
    action,
    check: check.kind === 'local' && 'window' in entry ? { ...check, window: entry.window } : check,
    ...(blocks && { blocks: new Set(blocks) }),
    ...(models && { models: new Set(models) }),
    ...(tasks && { tasks: new Set(tasks) }),
  }
}

function checkOf(entry: GuardEntry): Check {
  switch (entry.check) {
    case 'secrets':
      return secretsCheck(chosen(entry, ['allow', 'threshold']))
    case 'personal-data':
      return personalDataCheck(chosen(entry, ['allow', 'threshold', 'entities']))
    case 'injection':
      return injectionCheck(entry.threshold)
    case 'deny':
      return denyCheck(entry.topics)
    case 'json-schema':
      return jsonSchemaCheck(faultFinder(entry.schema as JsonObject))
    case 'language':
      return languageCheck(entry.languages)
    case 'length':
      return lengthCheck({
        ...(entry.min_chars !== undefined && { minChars: entry.min_chars }),
        ...(entry.max_chars !== undefined && { maxChars: entry.max_chars }),
        ...(entry.max_tokens !== undefined && { maxTokens: entry.max_tokens }),
      })
    case 'prompt-leak':
      return promptLeakCheck(entry.words)
    case 'classifier':
      return classifierCheck({
        ...chosen(entry, ['model', 'preset', 'policy', 'categories', 'threshold', 'on']),
        timeoutMs: entry.timeout === undefined ? DEFAULT_TIMEOUT_MS : durationMs(entry.timeout),
      })
    default:
      return entry satisfies never
  }
}

/** A small model on a processor reads a page in some seconds. */
const DEFAULT_TIMEOUT_MS = 10_000

function chosen<Entry extends object, Key extends keyof Entry>(
  entry: Entry,
  keys: readonly Key[],
): Pick<Entry, Key> {
  return Object.fromEntries(keys.filter((key) => key in entry).map((key) => [key, entry[key]])) as Pick<
    Entry,
    Key
  >
}

/** The checker of structured answers, which ends a schema that takes too long. */
function faultFinder(schema: JsonObject): SchemaFault {
  const check = answerChecker({ kind: 'json-schema', name: 'guard', schema }, 'schema')
  return (json) => {
    const checked = check(json)
    return checked.kind === 'fits' ? undefined : checked.keyword
  }
}

/** The key that a mistake of a check is about. */
function settingOf({ check }: GuardEntry): string {
  return SETTINGS[check] ?? 'check'
}

const SETTINGS: Readonly<Partial<Record<GuardEntry['check'], string>>> = {
  'personal-data': 'entities',
  deny: 'topics',
  'json-schema': 'schema',
}

/** A guard for a model that there is not guards nothing, and a classifier that there is not has failed. */
function unknownModels(
  entry: GuardEntry,
  index: number,
  known: ReadonlySet<string>,
): readonly GuardProblem[] {
  const named = [
    ...(entry.models ?? []).map((name) => ({ name, key: 'models' })),
    ...(entry.check === 'classifier' ? [{ name: entry.model, key: 'model' }] : []),
  ]
  return named
    .filter(({ name }) => !known.has(name))
    .map(({ name, key }) => ({
      path: ['guards', index, key],
      text: `no configured model is called ${name.slice(0, 80)}; until a server brings one, ${
        key === 'model' ? 'the guard fails as it says' : 'the guard is for nothing'
      }`,
    }))
}
