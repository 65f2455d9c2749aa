import { invalid, MusivumError } from '../../core/errors.ts'
import { isJsonObject, type JsonObject } from '../../core/json.ts'
import { nearestNames } from '../../core/nearest.ts'
import { showWhere } from '../../evidence/outcome.ts'
import { PURE_SCORERS, pureScorer } from '../../evidence/scorers/open-scorer.ts'
import { openCodeTests } from './code-tests.ts'
import { openCustomModule } from './custom-module.ts'
import { openJudge } from './judge.ts'
import type { OpenScorer, ScorerContext } from './scorer-context.ts'

const OPENERS: Readonly<
  Record<string, (settings: JsonObject, context: ScorerContext) => Promise<OpenScorer>>
> = {
  code: openCodeTests,
  custom: openCustomModule,
  judge: openJudge,
}

/** Every scorer a task file can name. */
export const SCORERS: readonly string[] = [...PURE_SCORERS, ...Object.keys(OPENERS)]

/**
 * Opens the scorer of a task file: its name alone (`exact`), or its kind and settings (`{kind: number, take: last}`).
 *
 * Rejects with a MusivumError of one line that begins with `file:line`: an unknown kind or setting with the nearest
 * name, a module that does not load, code tests on a machine that cannot confine them, a judge without an `ask`.
 */
export async function openScorer(settings: unknown, context: ScorerContext): Promise<OpenScorer> {
  try {
    const { kind, ...rest } = kindOf(settings)
    const pure = pureScorer(kind, rest)
    if (pure !== undefined) return { scorer: pure, warnings: [], close: async () => {} }
    const open = Object.hasOwn(OPENERS, kind) ? OPENERS[kind] : undefined
    if (open === undefined) throw invalid(unknownKind(kind))
    return await open(rest, context)
  } catch (fault) {
    if (!(fault instanceof MusivumError)) throw fault
    throw new MusivumError(fault.code, `${showWhere(context.where)}: ${fault.message}`, fault.facts, {
      cause: fault,
    })
  }
}

const EXPECTED = 'expected the name of a scorer, or a mapping with its "kind" and settings'

function kindOf(settings: unknown): JsonObject & { readonly kind: string } {
  if (typeof settings === 'string') return { kind: settings }
  if (!isJsonObject(settings)) throw invalid(`"scorer" is no text and no mapping; ${EXPECTED}`)
  const { kind } = settings
  if (typeof kind !== 'string') throw invalid(`"scorer" has no "kind"; ${EXPECTED}`)
  return { ...settings, kind }
}

function unknownKind(kind: string): string {
  const [nearest] = nearestNames(kind, SCORERS, 1)
  const hint = nearest === undefined ? `there are ${SCORERS.join(', ')}` : `did you mean "${nearest}"?`
  return `unknown scorer "${kind.slice(0, 60)}"; ${hint}`
}
