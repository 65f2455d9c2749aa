import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Item } from '../../evidence/item.ts'
import { openCodeTests, type CodeScore } from './code-tests.ts'
import type { OpenScorer } from './scorer-context.ts'

const CONTEXT = { cwd: '/', taskFolder: '/', where: { file: 'task.yaml', line: 1 } }
const FENCE = '```'

function itemWith(gold: Item['gold']): Item {
  return { task: 't', item: 'i', prompt: 'p', ...(gold !== undefined && { gold }) }
}

/** Undefined where this machine can confine nothing, which the product refuses too. */
async function openHere(settings: JsonObject): Promise<OpenScorer | undefined> {
  try {
    return await openCodeTests(settings, CONTEXT)
  } catch (refused) {
    if (refused instanceof MusivumError && refused.code === 'request.unsupported') return undefined
    throw refused
  }
}

/** Of this file alone: a run that was killed an hour ago leaves its folder on the machine, and another may run beside us. */
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'musivum-scorers-')))
vi.stubEnv('TMPDIR', scratch)
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(scratch, { recursive: true })
})

/** Programs of ours that are still there, by the folder that each of them names. */
function leftProcesses(): readonly string[] {
  const all = execFileSync('ps', ['-eo', 'pid,args']).toString().split('\n')
  return all.filter((line) => line.includes(scratch))
}

describe.each(['python', 'javascript'] as const)('%s', (language) => {
  let open: OpenScorer | undefined
  /** For programs that never end. */
  let hasty: OpenScorer | undefined
  const limits = { timeout_seconds: 60, memory_mb: 128, processes: 12, output_kb: 16 }

  beforeAll(async () => {
    open = await openHere({ language, ...limits })
    hasty = await openHere({ language, ...limits, timeout_seconds: 2 })
  })
  beforeEach(({ skip }) => skip(open === undefined, 'this machine has nothing to confine programs with'))
  afterAll(() => Promise.all([open?.close(), hasty?.close()]))

  async function run(
    code: Record<typeof language, string>,
    tests: Record<typeof language, string>,
    scorer = open?.scorer,
  ): Promise<CodeScore> {
    if (scorer === undefined) throw new TypeError('not open')
    const output = `Here it is:\n${FENCE}${language}\n${code[language]}\n${FENCE}\n`
    return await scorer.score(itemWith(tests[language]), output, new AbortController().signal)
  }

  const ADD = {
    python: 'def add(a, b):\n    return a + b',
    javascript: 'function add(a, b) {\n  return a + b\n}',
  }
  const ADD_TESTS = { python: 'assert add(2, 3) == 5', javascript: 'assert.equal(add(2, 3), 5)' }
  const NOTHING = { python: '', javascript: '' }
  const FAILED = expect.stringMatching(/^the tests did not pass: /)

  test('a right answer scores 1 and its code is the answer', async () => {
    expect(await run(ADD, ADD_TESTS)).toEqual({ kind: 'scored', score: 1, answer: ADD[language] })
  })

  test('a wrong answer scores 0, and the reason names the kind of error only', async () => {
    const wrong = { python: 'def add(a, b):\n    return "sécret"', javascript: 'const add = () => "sécret"' }
    expect(await run(wrong, ADD_TESTS)).toMatchObject({
      score: 0,
      why: {
        python: 'the tests did not pass: AssertionError in line 1 of the tests',
        javascript: 'the tests did not pass: AssertionError in the tests',
      }[language],
    })
  })

  test('code that is none scores 0', async () => {
    const broken = { python: 'def add(', javascript: 'function add(' }
    expect(await run(broken, ADD_TESTS)).toMatchObject({
      score: 0,
      why: expect.stringContaining('SyntaxError'),
    })
  })

  test('an answer that ends the process before the tests does not pass', async () => {
    const quit = { python: 'import os\nos._exit(0)', javascript: 'process.exit(0)' }
    const exit = {
      python: 'import sys\nsys.exit(0)',
      javascript: 'process.exitCode = 0\nprocess.kill(process.pid)',
    }
    expect(await run(quit, ADD_TESTS)).toMatchObject({
      score: 0,
      why: 'the tests did not pass: the code ended the process (exit code 0)',
    })
    expect(await run(exit, ADD_TESTS)).toMatchObject({ score: 0, why: FAILED })
  })

  test('a connection to this machine or another fails', async () => {
    const server = createServer((socket) => socket.destroy())
    let connections = 0
    server.on('connection', () => (connections += 1))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const connect = {
      python: `import socket\nfor host in ('127.0.0.1', '198.51.100.1'):\n    try:\n        socket.create_connection((host, ${port}), 1)\n    except OSError:\n        continue\n    raise SystemError\n`,
      javascript: `const net = require('node:net')\nfor (const host of ['127.0.0.1', '198.51.100.1']) net.connect(${port}, host).on('connect', () => process.exit(9)).on('error', () => {})\n`,
    }
    expect(await run(connect, NOTHING_TO_TEST)).toMatchObject({ score: 1 })
    expect(connections).toBe(0)
    server.close()
  })

  const NOTHING_TO_TEST = { python: 'pass', javascript: ';' }

  test('nothing outside can be read or written, and a folder of its own can', async () => {
    const places = ['/etc/passwd', '/home', '/root', '/var/log', '/run', process.cwd()]
    const files = {
      python: [
        'import os',
        `for place in ${JSON.stringify(places)}:`,
        '    try:',
        '        found = os.listdir(place) if os.path.isdir(place) else open(place).read()',
        // Folders on the way to the interpreter are there, and empty but for that way.
        '        assert not found or set(found) <= {".pyenv"}, place',
        '    except OSError:',
        '        pass',
        'for place in ("/usr/x", "/x", "/tmp/../x", __file__ if "__file__" in globals() else "/bin/x"):',
        '    try:',
        '        open(place, "w")',
        '        raise SystemError',
        '    except OSError:',
        '        pass',
        'open("mine", "w").write("x")',
        'assert os.listdir(".") == ["mine"]',
      ].join('\n'),
      javascript: [
        "const fs = require('node:fs')",
        `for (const place of ${JSON.stringify(places)}) assert.throws(() => fs.readFileSync(place))`,
        "for (const place of ['/usr/x', '/x', __filename]) assert.throws(() => fs.writeFileSync(place, ''))",
        "assert.throws(() => require('node:child_process').spawnSync('/usr/bin/id').status ?? assert.fail())",
        "fs.writeFileSync('mine', 'x')",
        "assert.deepEqual(fs.readdirSync('.'), ['mine'])",
      ].join('\n'),
    }
    expect(await run(NOTHING, files)).toMatchObject({ kind: 'unparsed' })
    expect(await run(NOTHING_TO_TEST, files)).toMatchObject({ score: 1 })
  })

  test('keys in our own environment are not in its', async () => {
    process.env['MUSIVUM_TEST_KEY'] = 'sk-test'
    const look = {
      python: 'import os\nassert "MUSIVUM_TEST_KEY" not in os.environ',
      javascript: "assert.ok(!('MUSIVUM_TEST_KEY' in process.env))",
    }
    expect(await run(NOTHING_TO_TEST, look)).toMatchObject({ score: 1 })
    delete process.env['MUSIVUM_TEST_KEY']
  })

  test('an endless loop is ended', async () => {
    const loop = { python: 'while True: pass', javascript: 'for (;;);' }
    expect(await run(loop, ADD_TESTS, hasty?.scorer)).toMatchObject({
      score: 0,
      why: 'the tests did not pass: ended after 2 s',
    })
  })

  test('waiting for ever is ended too', async () => {
    const wait = { python: 'import time\ntime.sleep(600)', javascript: 'setInterval(() => {}, 1000)' }
    expect(await run(wait, NOTHING_TO_TEST, hasty?.scorer)).toMatchObject({
      score: 0,
      why: 'the tests did not pass: ended after 2 s',
    })
  })

  test('a program that takes more memory than it may is ended', async () => {
    const hog = {
      python: 'data = []\nwhile True:\n    data.append(bytearray(10_000_000))',
      javascript: 'const data = []\nfor (;;) data.push(new Array(100_000).fill(1.5))',
    }
    const why = 'the tests did not pass: wanted more than the 128 MB of memory it may use'
    expect(await run(hog, ADD_TESTS)).toMatchObject({ score: 0, why })
    const outside = {
      python: hog.python,
      javascript: 'const data = []\nfor (;;) data.push(Buffer.alloc(1e7, 1))',
    }
    expect(await run(outside, ADD_TESTS)).toMatchObject({ score: 0, why: FAILED })
  })

  test('a program that prints for ever is ended', async () => {
    const print = {
      python: 'while True:\n    print("x" * 1000)',
      javascript: "const fs = require('node:fs')\nfor (;;) fs.writeSync(1, 'x'.repeat(1000))",
    }
    expect(await run(print, ADD_TESTS)).toMatchObject({
      score: 0,
      why: 'the tests did not pass: printed more than 16384 bytes',
    })
  })

  test('a program that fills its folder is stopped by the limit of the folder', async () => {
    const fill = {
      python: 'for number in range(1000):\n    open(str(number), "wb").write(bytes(1_000_000))',
      javascript:
        "const fs = require('node:fs')\nfor (let n = 0; n < 1000; n += 1) fs.writeFileSync(String(n), Buffer.alloc(1e6))",
    }
    expect(await run(fill, NOTHING_TO_TEST)).toMatchObject({ score: 0, why: FAILED })
  })

  test('a run that is called off ends at once, and leaves no process and no folder', async () => {
    if (open === undefined) throw new TypeError('not open')
    const stop = new AbortController()
    const score = open.scorer.score(
      itemWith('pass'),
      { python: 'while True: pass', javascript: 'for (;;);' }[language],
      stop.signal,
    )
    await expect.poll(() => leftProcesses().length, { timeout: 10_000 }).toBeGreaterThan(0)
    stop.abort(new DOMException('enough', 'AbortError'))
    await expect(score).rejects.toThrow('enough')
    await expect.poll(leftProcesses, { timeout: 10_000 }).toEqual([])
    expect(readdirSync(scratch)).toEqual([])
  })

  test('its settings say what ran, and its faults what a gold must be', () => {
    expect(open?.scorer.settings).toEqual({
      language,
      ...limits,
      runtime: expect.stringMatching(/^(?:Python|Node\.js) \d+\.\d+/),
    })
    expect(open?.scorer.fault(itemWith(undefined))).toMatch(/^"gold" is missing; expected tests as a text/)
    expect(open?.scorer.fault(itemWith({ test: 'x' }))).toMatch(/^"gold" holds no tests/)
    expect([{ tests: ['a', 'b'] }, ['a'], 'a'].map((gold) => open?.scorer.fault(itemWith(gold)))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('processes of Python code', () => {
  let open: OpenScorer | undefined
  /** For programs that never end. */
  let hasty: OpenScorer | undefined
  beforeAll(async () => {
    open = await openHere({ timeout_seconds: 60, processes: 12, memory_mb: 128 })
    hasty = await openHere({ timeout_seconds: 2, processes: 12, memory_mb: 128 })
  })
  beforeEach(({ skip }) => skip(open === undefined, 'this machine has nothing to confine programs with'))
  afterAll(() => Promise.all([open?.close(), hasty?.close()]))

  async function run(code: string, tests = 'pass', scorer = open?.scorer): Promise<CodeScore> {
    if (scorer === undefined) throw new TypeError('not open')
    return await scorer.score(itemWith(tests), code, new AbortController().signal)
  }

  test('a fork bomb runs into its limit, is ended, and leaves nothing behind', async () => {
    const polite = await run('import os\nwhile True:\n    os.fork()', 'pass', hasty?.scorer)
    expect(polite).toMatchObject({ score: 0, why: expect.stringMatching(/BlockingIOError|ended after 2 s/) })
    const stubborn = await run(
      'import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass',
      'pass',
      hasty?.scorer,
    )
    expect(stubborn).toMatchObject({ score: 0, why: 'the tests did not pass: ended after 2 s' })
    await expect.poll(leftProcesses, { timeout: 10_000 }).toEqual([])
  })

  test('a grandchild that left its group and session is gone when the tests have passed', async () => {
    const daemon =
      'import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(600)\n    os._exit(0)'
    expect(await run(daemon)).toMatchObject({ score: 1 })
    await expect.poll(leftProcesses, { timeout: 10_000 }).toEqual([])
  })

  test('a forked child cannot report for its parent', async () => {
    expect(await run('import os\nif os.fork() != 0:\n    os._exit(0)')).toMatchObject({ score: 0 })
  })

  test('tests in classes are run, and dataclasses find their module', async () => {
    const code = 'from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: "int"\n'
    const tests =
      'import unittest\nclass T(unittest.TestCase):\n    def test_x(self):\n        self.assertEqual(Point(WANT).x, 1)'
    expect(await run(code, tests.replace('WANT', '1'))).toMatchObject({ score: 1 })
    expect(await run(code, tests.replace('WANT', '2'))).toMatchObject({ score: 0 })
  })

  test('an answer without code is no answer', async () => {
    expect(await run('```text\nI cannot.\n```')).toEqual({
      kind: 'unparsed',
      why: 'the output holds no Python',
    })
  })
})

test('an interpreter that is not there is named in one line', async () => {
  await expect(openCodeTests({ interpreter: './no/python' }, CONTEXT)).rejects.toThrow(
    'scorer code: "./no/python" does not run here; install Python or set "interpreter"',
  )
})
