import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { isJsonArray, isJsonObject, type Json, type JsonObject } from '../../core/json.ts'
import { parseSettings } from '../../evidence/scorers/parse-settings.ts'
import type { Item } from '../../evidence/item.ts'
import type { Score } from '../../evidence/scorers/scorer.ts'
import { oneOf, someText, wholeNumberFrom } from '../../evidence/scorers/setting-types.ts'
import { codeInAnswer } from './code-in-answer.ts'
import type { Limits } from './confinement.ts'
import { findConfinement } from './find-confinement.ts'
import { findInterpreter } from './find-interpreter.ts'
import { runTests, type TestRun } from './run-tests.ts'
import type { OpenScorer, ScorerContext } from './scorer-context.ts'
import { turnstile } from './turnstile.ts'

export const codeSettings = z.strictObject({
  language: oneOf(['python', 'javascript']).default('python'),
  timeout_seconds: wholeNumberFrom(1, 600).default(10),
  memory_mb: wholeNumberFrom(64, 65_536).default(512),
  /** 16 × 512 MB are more than a small machine has, but no test needs them; the kernel ends the code before us. */
  processes: wholeNumberFrom(1, 1024).default(16),
  output_kb: wholeNumberFrom(1, 65_536).default(64),
  /** A Python by name, or by a path that begins at the task file, such as ".venv/bin/python". */
  interpreter: someText('the name or path of a Python').optional(),
  /** Programs at the same time. Default: as many as there are processors. */
  parallel: wholeNumberFrom(1, 256).optional(),
})

type Settings = z.output<typeof codeSettings>

/** A score of `code`: where it is 0, `why` says which test failed or which limit was reached, in one line. */
export type CodeScore = Score | (Score & { readonly kind: 'scored'; readonly why: string })

/**
 * Opens the scorer `code`: 1 when the tests of the item's gold pass on the code of the answer, else 0. Both run in one
 * module of a confined process without network, without files but its own, and within limits of time, memory,
 * processes and output. The gold is the tests as a text, as a list of lines, or as {"tests": …}.
 *
 * Rejects where no confinement of this machine holds.
 */
export async function openCodeTests(given: JsonObject, { taskFolder }: ScorerContext): Promise<OpenScorer> {
  const settings = parseSettings('code', codeSettings, given)
  const { language, interpreter: name } = settings
  const interpreter = await findInterpreter(language, name, taskFolder)
  const run = await findConfinement({ language, interpreter, limits: limitsOf(settings) })
  const closing = new AbortController()
  return {
    scorer: {
      name: 'code',
      settings: recorded(settings, run),
      fault: (item) => (testsOf(item) === undefined ? faultOf(item) : undefined),
      score: codeScore(run, settings, closing.signal),
    },
    warnings: [],
    close: async () => closing.abort(new DOMException('the scorer is closed', 'AbortError')),
  }
}

function limitsOf({ timeout_seconds, memory_mb, processes, output_kb }: Settings): Limits {
  return { seconds: timeout_seconds, memoryMb: memory_mb, processes, outputBytes: output_kb * 1024 }
}

/** What may change a score; not where the interpreter is, nor how many run side by side. */
function recorded(settings: Settings, { interpreter }: TestRun): JsonObject {
  const { language, timeout_seconds, memory_mb, processes, output_kb } = settings
  return { language, timeout_seconds, memory_mb, processes, output_kb, runtime: interpreter.version }
}

function codeScore(run: TestRun, { parallel }: Settings, closed: AbortSignal) {
  const pass = turnstile(parallel ?? availableParallelism())
  return async (item: Item, output: string, signal: AbortSignal): Promise<CodeScore> => {
    const code = codeInAnswer(output, run.language)
    if (code === '') return { kind: 'unparsed', why: `the output holds no ${NAMES[run.language]}` }
    const stop = AbortSignal.any([signal, closed])
    const verdict = await pass(() => runTests(run, code, testsOf(item) ?? '', stop))
    if (verdict.passed) return { kind: 'scored', score: 1, answer: code }
    return { kind: 'scored', score: 0, answer: code, why: verdict.why }
  }
}

const NAMES = { python: 'Python', javascript: 'JavaScript' } as const

function testsOf({ gold }: Item): string | undefined {
  const tests = isJsonObject(gold) ? gold['tests'] : gold
  const lines: readonly Json[] = isJsonArray(tests) ? tests : [tests ?? '']
  const text = lines.every((line) => typeof line === 'string') ? lines.join('\n') : ''
  return text.trim() === '' ? undefined : text
}

function faultOf({ gold }: Item): string {
  const expected = 'tests as a text, a list of lines, or {"tests": …}'
  return gold === undefined
    ? `"gold" is missing; expected ${expected}`
    : `"gold" holds no tests; expected ${expected}`
}
