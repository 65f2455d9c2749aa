import { relative } from 'node:path'
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node'

/**
 * Closes a run with one plain line for people and scripts, `12 passed, 0 failed, 1 skipped`, and says of every skipped
 * test why it was skipped: a skip without a reason is how a suite goes green by running nothing.
 */
export class CountReporter implements Reporter {
  #watches = false

  onInit(vitest: Vitest): void {
    this.#watches = vitest.config.watch
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const skipped = tests.filter((test) => test.result().state === 'skipped')
    const broken = modules.filter((module) => !module.ok() && !hasFailedTest(module))
    const failed = tests.filter((test) => test.result().state === 'failed').length + broken.length
    const passed = tests.filter((test) => test.result().state === 'passed').length

    for (const line of reasonLines(skipped)) console.log(line)
    for (const module of broken) console.log(`failed as a whole: ${nameOf(module)}`)
    if (unhandledErrors.length > 0) console.log(`${unhandledErrors.length} errors outside of any test`)
    console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`)
    if (!this.#watches) endEvenIfSomethingIsOpen()
  }
}

// Three times what the runner itself grants its workers to end.
const MAX_CLOSING_MS = 30_000

/** A test that leaves a process or socket open would keep the run from ending, and a build machine for hours. */
function endEvenIfSomethingIsOpen(): void {
  const timer = setTimeout(() => {
    console.error(`a test left something open, and the run did not end within ${MAX_CLOSING_MS / 1000} s`)
    process.exit(1)
  }, MAX_CLOSING_MS)
  timer.unref()
}

function hasFailedTest(module: TestModule): boolean {
  return [...module.children.allTests()].some((test) => test.result().state === 'failed')
}

/** One line per file and reason, with how many tests it took away. */
function reasonLines(skipped: readonly TestCase[]): string[] {
  const counts = new Map<string, number>()
  for (const test of skipped) {
    const line = `${nameOf(test.module)}: ${reasonOf(test)}`
    counts.set(line, (counts.get(line) ?? 0) + 1)
  }
  return [...counts].map(([line, count]) => `skipped ${count} in ${line}`)
}

function reasonOf(test: TestCase): string {
  const result = test.result()
  const note = result.state === 'skipped' ? result.note : undefined
  return note ?? `no reason given (${test.fullName})`
}

function nameOf(module: TestModule): string {
  return relative(process.cwd(), module.moduleId)
}
