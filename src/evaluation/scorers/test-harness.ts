import type { Language } from './code-in-answer.ts'

/** Files that a test run needs in its folder, and how they are started there. */
export type TestHarness = {
  readonly files: Readonly<Record<string, string>>
  /** Arguments of the interpreter. */
  readonly args: (where: HarnessPlace) => readonly string[]
}

export type HarnessPlace = {
  readonly folder: string
  readonly scratch: string
  readonly memoryMb: number
  /** Without the permission model of Node.js, which would hide whether the confinement around it holds. */
  readonly bare: boolean
}

/**
 * Runs the answer, then the tests in the same module, and reports on descriptor 3: `started`; then `passed` with the
 * word that it was given as first line of its input, or `failed PART CLASS LINE`. An answer that ends the process
 * before the tests are done never gets to say the word, so it cannot pass by doing so.
 */
export function testHarness(language: Language, code: string, tests: string): TestHarness {
  return language === 'python' ? pythonHarness(code, tests) : javascriptHarness(code, tests)
}

const PYTHON = `import os, sys, types, unittest

def main(folder):
    process, word = os.getpid(), sys.stdin.readline().strip()

    def report(text):
        # A child that the code forked runs on through this file, and has nothing to report.
        if os.getpid() == process:
            os.write(3, (text + '\\n').encode())

    report('started')
    module = sys.modules['answer'] = types.ModuleType('answer')
    for part in ('answer', 'tests'):
        try:
            with open(os.path.join(folder, part + '.py'), encoding='utf-8') as file:
                source = file.read()
            exec(compile(source, part, 'exec'), module.__dict__)
        except BaseException as fault:
            return report('failed %s %s %d' % (part, type(fault).__name__, line_of(fault, part)))
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    if suite.countTestCases() > 0:
        with open(os.devnull, 'w') as nowhere:
            if not unittest.TextTestRunner(stream=nowhere).run(suite).wasSuccessful():
                return report('failed tests TestCase 0')
    report('passed ' + word)

def line_of(fault, part):
    line, trace = getattr(fault, 'lineno', 0) or 0, fault.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == part:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line

main(sys.argv[1])
sys.stdout.flush()
# Threads that the code left running must not keep a finished test waiting.
os._exit(0)
`

function pythonHarness(code: string, tests: string): TestHarness {
  return {
    files: { 'harness.py': PYTHON, 'answer.py': code, 'tests.py': tests },
    args: ({ folder }) => ['-I', '-B', '-X', 'utf8', `${folder}/harness.py`, folder],
  }
}

const JAVASCRIPT = `import assert from 'node:assert/strict'
import { readSync, writeSync } from 'node:fs'

const line = Buffer.alloc(256)
const word = line.toString('utf8', 0, readSync(0, line)).trim()
const report = (text) => writeSync(3, text + '\\n')
const fail = (fault) => {
  report('failed tests ' + (fault?.constructor?.name ?? 'Error') + ' 0')
  process.exit(1)
}

globalThis.assert = assert
let done = false
process.on('uncaughtException', fail)
process.on('exit', (code) => {
  if (done && code === 0) report('passed ' + word)
})
report('started')
try {
  await import(process.argv[2])
  done = true
} catch (fault) {
  fail(fault)
}
`

function javascriptHarness(code: string, tests: string): TestHarness {
  return {
    // One file, because only there can tests see functions that the answer does not export.
    files: { 'harness.mjs': JAVASCRIPT, 'program.js': `${code}\n;\n${tests}\n` },
    args: ({ folder, scratch, memoryMb, bare }) => [
      `--max-old-space-size=${memoryMb}`,
      '--v8-pool-size=1',
      '--no-warnings',
      ...(bare ? [] : ['--permission', ...[folder, scratch].map((path) => `--allow-fs-read=${path}`)]),
      ...(bare ? [] : [`--allow-fs-write=${scratch}`]),
      `${folder}/harness.mjs`,
      `${folder}/program.js`,
    ],
  }
}
