import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MusivumError } from '../../core/errors.ts'
import type { Language } from './code-in-answer.ts'
import type { Confinement, Limits } from './confinement.ts'
import type { Interpreter } from './find-interpreter.ts'
import { runConfined, type ConfinedEnd } from './run-confined.ts'
import { testHarness } from './test-harness.ts'

export type TestRun = {
  readonly language: Language
  readonly interpreter: Interpreter
  readonly limits: Limits
  readonly confinement: Confinement
  /** Nothing but the confinement holds the program: only to see whether it does. */
  readonly bare?: true
}

/** Passed, or why not: one line without anything that the code printed. */
export type TestVerdict = { readonly passed: true } | { readonly passed: false; readonly why: string }

/**
 * Runs the tests on the code in a folder of their own, which is removed. Rejects when the confinement fails to start
 * the program (which says nothing about the code), and when the signal aborts.
 */
export async function runTests(
  run: TestRun,
  code: string,
  tests: string,
  signal: AbortSignal,
): Promise<TestVerdict> {
  // macOS names its folder for temporary files through a link, and Seatbelt compares real paths.
  const base = await mkdtemp(join(realpathSync(tmpdir()), 'musivum-code-'))
  try {
    return await runIn(base, run, code, tests, signal)
  } finally {
    await rm(base, { recursive: true, force: true })
  }
}

async function runIn(
  base: string,
  run: TestRun,
  code: string,
  tests: string,
  signal: AbortSignal,
): Promise<TestVerdict> {
  const { language, interpreter, limits, confinement } = run
  const [folder, scratch, root] = [join(base, 'code'), join(base, 'scratch'), join(base, 'root')]
  const harness = testHarness(language, code, tests)
  for (const path of [folder, scratch, root]) await mkdir(path)
  for (const [name, text] of Object.entries(harness.files)) await writeFile(join(folder, name), text)
  // Under root the program runs as a user whom a private folder would keep out.
  for (const path of [base, folder]) await chmod(path, 0o755)
  const command = [
    '/usr/bin/env',
    '-i',
    ...environment(scratch),
    interpreter.path,
    ...harness.args({ folder, scratch, memoryMb: limits.memoryMb, bare: run.bare === true }),
  ]
  const readable = [...interpreter.readable, folder]
  const memory = language === 'python' ? 'addresses' : 'data'
  const word = randomBytes(16).toString('hex')
  const program = { command, readable, scratch, root, limits, memory } as const
  return verdict(await runConfined(confinement, program, `${word}\n`, signal), word, run)
}

function environment(scratch: string): readonly string[] {
  const places = ['PATH=/usr/bin:/bin', `HOME=${scratch}`, `TMPDIR=${scratch}`, 'LANG=C.UTF-8']
  // One hash seed and one thread, so that the same code gives the same result and keeps to its limits.
  return [...places, 'PYTHONHASHSEED=0', 'OPENBLAS_NUM_THREADS=1', 'OMP_NUM_THREADS=1']
}

function verdict(end: ConfinedEnd, word: string, { limits, confinement }: TestRun): TestVerdict {
  const lines = end.report.split('\n')
  if (end.how === 'ended' && end.exitCode === 0 && lines.includes(`passed ${word}`)) return { passed: true }
  if (!lines.includes('started') && end.how === 'ended')
    throw new MusivumError('internal', `the confinement (${confinement.name}) did not start the tests`, {
      exitCode: end.exitCode,
    })
  return { passed: false, why: `the tests did not pass: ${reason(end, lines, limits)}` }
}

const SIGXCPU = 128 + 24

function reason(end: ConfinedEnd, lines: readonly string[], limits: Limits): string {
  const memory = `more than the ${limits.memoryMb} MB of memory it may use`
  if (end.how === 'time' || end.exitCode === SIGXCPU) return `ended after ${limits.seconds} s`
  if (end.how === 'output') return `printed more than ${limits.outputBytes} bytes`
  if (end.how === 'memory' || /out of memory|ERR_MEMORY_ALLOCATION_FAILED/.test(end.errors))
    return `wanted ${memory}`
  const [, part, fault = '', line] =
    lines.map((each) => FAILED.exec(each)).find((match) => match !== null) ?? []
  if (fault === 'MemoryError') return `wanted ${memory}`
  if (part === undefined) return `the code ended the process (exit code ${end.exitCode})`
  return line === '0' ? `${fault} in the ${part}` : `${fault} in line ${line} of the ${part}`
}

/** The name of a class is the code's own choice of words, so only what looks like one is repeated. */
const FAILED = /^failed (answer|tests) ([A-Za-z_]\w{0,59}) (\d{1,9})$/
