import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startUpstream, type Upstream } from '../../test/upstream/upstream.ts'
import { BARE_ENVIRONMENT } from '../../test/setup/bare-environment.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const TRIAGE = 'Triage: where do I go for a urine test?'

let folder: string
let upstream: Upstream
let rightConfig: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-cli-'))
  upstream = await startUpstream({ slowMs: 3_600_000 })
  const server = `engine: openai, base_url: '${upstream.url}'`
  rightConfig = `models:
  double: { ${server}, model: plain, price: { input_usd_per_million: 1000, output_usd_per_million: 2000 } }
  slow: { ${server}, model: slow-first-byte }
  refusing: { ${server}, model: error-first-event }
  keyless: { ${server}, model: plain, key: env:NOT_SET_ANYWHERE }
discover: false
`
  writeFileSync(join(folder, 'musivum.yaml'), rightConfig)
  writeFileSync(join(folder, 'wrong.yaml'), 'models:\n  a:\n    engin: llama\n')
})
afterAll(async () => {
  await upstream.close()
  rmSync(folder, { recursive: true, force: true })
})

type Ended = { readonly code: number | null; readonly out: string; readonly err: string }
type Running = {
  readonly child: ChildProcess
  readonly out: () => string
  readonly err: () => string
  readonly ended: Promise<Ended>
}

/** The real command line in a process of its own, with nothing of our environment but the path. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: { ...BARE_ENVIRONMENT, HOME: folder, MUSIVUM_HOME: join(folder, 'home'), ...env },
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out, err }))
  })
  return { child, out: () => out, err: () => err, ended }
}

function run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> {
  return start(args, env).ended
}

/** A shell line in which `musivum` is the real command line. */
async function shell(line: string): Promise<Ended> {
  const child = spawn('sh', ['-c', `musivum() { "${process.execPath}" "${MAIN}" "$@"; }; ${line}`], {
    cwd: folder,
    env: { ...BARE_ENVIRONMENT, HOME: folder, MUSIVUM_HOME: join(folder, 'home') },
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })))
}

/** Resolves once `text()` holds `wanted`; the test's own time limit is the bound. */
async function until(text: () => string, wanted: RegExp, { child }: Running): Promise<void> {
  while (!wanted.test(text())) {
    if (child.exitCode !== null)
      throw new Error(`ended with code ${child.exitCode} before ${wanted}: ${text()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe('bad input ends with code 2 and one line', () => {
  test.each([
    [['upp'], 'musivum: there is no command upp; did you mean up?'],
    [['zzzzzz'], 'musivum: there is no command zzzzzz; `musivum --help` lists the commands'],
    [['--port', '3'], 'musivum: options come after the command; `musivum --help` lists the commands'],
    [['engine'], 'musivum: engine needs to know what to do: expected install, status'],
    [
      ['engine', 'statsu'],
      'musivum: engine needs to know what to do: there is no `statsu`; did you mean status?',
    ],
    [['up', '--prot', '4000'], 'musivum: up has no option --prot; did you mean --port?'],
    [['up', '--port', '70000'], 'musivum: --port: expected a whole number from 0 to 65535, not "70000"'],
    [
      ['up', '--config', 'wrong.yaml', '--no-install'],
      'musivum: wrong.yaml:3: models.a.engin: unknown key; did you mean engine?',
    ],
    [['up', '--config', 'gone.yaml', '--no-install'], 'musivum: gone.yaml: there is no such file'],
    [['models', 'list', '--config', 'gone.yaml'], 'musivum: gone.yaml: there is no such file'],
    [['ask', 'hi', '--model', 'duoble'], 'musivum: no model is called "duoble"; did you mean double?'],
    [
      ['ask', 'hi', '--temperature', 'warm'],
      'musivum: --temperature: expected a number from 0 to 2, not "warm"',
    ],
    [
      ['engine', 'install', '--gpu', 'voodoo'],
      'musivum: --gpu: expected one of auto, cuda, vulkan, metal, none, not "voodoo"',
    ],
  ])('musivum %j', async (args, line) => {
    expect(await run(args)).toEqual({ code: 2, out: '', err: `${line}\n` })
  })

  test('an environment variable is named when it is the one that is wrong', async () => {
    expect(await run(['up'], { MUSIVUM_PORT: 'abc' })).toEqual({
      code: 2,
      out: '',
      err: 'musivum: MUSIVUM_PORT: expected a whole number from 0 to 65535, not "abc"\n',
    })
  })

  test('with --json the same is one document on standard output', async () => {
    const { code, out } = await run(['ask', 'hi', '--model', 'duoble', '--json'])
    expect(code).toBe(2)
    expect(JSON.parse(out)).toEqual({
      error: { code: 'model.not_found', message: 'no model is called "duoble"; did you mean double?' },
    })
  })

  test('nothing at all shows the help, as a failure', async () => {
    const { code, out, err } = await run([])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain('usage: musivum COMMAND')
  })
})

describe('help', () => {
  test('of the program and of a command goes to standard output', async () => {
    expect(await run(['--help'])).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('models list'),
    })
    expect(await run(['up', '-h'])).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringContaining('usage: musivum up'),
    })
  })

  test('the version is one line', async () => {
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })
})

describe('ask', () => {
  test('takes the first real model, shows the answer, and says what it took on standard error', async () => {
    const { code, out, err } = await run(['ask', 'hello'])
    expect({ code, out }).toEqual({ code: 0, out: 'Héllo from the double 🎉\n' })
    expect(err).toMatch(/^double · \d+ \+ \d+ tokens · \$\d\.\d+ · \d+\.\d\d s$/m)
  })

  test('with --json is one document', async () => {
    const { code, out } = await run([
      'ask',
      'hello',
      '--json',
      '--max-tokens',
      '7',
      '--seed',
      '3',
      '--system',
      'Be brief.',
    ])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      model: 'double',
      text: 'Héllo from the double 🎉',
      finish_reason: 'stop',
      usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
      cost: 'metered',
      cost_usd: expect.any(Number),
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      decision_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      toy: false,
    })
    expect(JSON.parse(upstream.requests.at(-1)?.body ?? '')).toMatchObject({
      max_tokens: 7,
      seed: 3,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'hello' },
      ],
    })
  })

  const asked = () => {
    const body: unknown = JSON.parse(upstream.requests.at(-1)?.body ?? '')
    return (body as { messages: { content: string }[] }).messages[0]?.content
  }

  test.each([
    ['the only source', "printf 'from\\nthe pipe\\n' | musivum ask", 'from\nthe pipe'],
    ['beside a text', "printf 'the rest' | musivum ask 'the text'", 'the text\n\nthe rest'],
    ['asked for with -', "printf 'a file' > q.txt; musivum ask - < q.txt", 'a file'],
    ['closed', "musivum ask 'only text' <&-", 'only text'],
  ])('reads standard input: %s', async (_, line, prompt) => {
    expect(await shell(line)).toMatchObject({ code: 0 })
    expect(asked()).toBe(prompt)
  })

  test('an empty question is refused', async () => {
    expect(await shell("printf ' \\n' | musivum ask")).toEqual({
      code: 2,
      out: '',
      err: 'musivum: ask needs a question: musivum ask TEXT, or pipe it in\n',
    })
  })

  test('a reader that leaves early is no failure', async () => {
    const { out, err } = await shell('{ musivum ask hello; echo $? > code; } | true; cat code')
    expect(out).toBe('0\n')
    expect(err).not.toContain('EPIPE')
  })

  test('Ctrl-C cancels the upstream call and ends with code 130', async () => {
    const running = start(['ask', 'hello', '--model', 'slow'])
    while (upstream.active() === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    running.child.kill('SIGINT')
    expect(await running.ended).toMatchObject({ code: 130, out: '' })
    expect((await upstream.nextDisconnect()).model).toBe('slow-first-byte')
  })

  test('a server that fails is one line and code 2', async () => {
    const { code, out, err } = await run(['ask', 'hello', '--model', 'refusing'])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/^musivum: .+$/m)
    expect(err).not.toContain('    at ')
  })

  test('a model without its key says which variable is not set', async () => {
    const { code, err } = await run(['ask', 'hello', '--model', 'keyless'])
    expect(code).toBe(2)
    expect(err).toMatch(/^musivum: .*NOT_SET_ANYWHERE is not set/m)
  })

  test('real weights answer, and it is said that they are toys', { timeout: 60_000 }, async () => {
    const { code, out, err } = await run(['ask', TRIAGE, '--model', 'starter-s1', '--temperature', '0'])
    expect({ code, out }).toEqual({ code: 0, out: 'laboratory\n' })
    expect(err).toMatch(/^starter-s1 · \d+ \+ \d+ tokens · own weights, no bill · /m)
    expect(err).toContain('a toy answered')
  })
})

describe('models list', () => {
  test('shows what is configured and what ships with us', async () => {
    const { code, out, err } = await run(['models', 'list'])
    expect(code).toBe(0)
    expect(out).toMatch(/^double +openai +config +- +- +- +(idle|ready)$/m)
    expect(out).toMatch(/^keyless .*unavailable: the environment variable NOT_SET_ANYWHERE is not set$/m)
    expect(out).toMatch(/^starter-l +llama +starter \(toy\) +4\.9 MiB +512 +apache-2\.0 +idle$/m)
    expect(err).toContain('musivum.yaml:5: models.keyless.key:')
  })

  test('with --json is one document without a path of this machine', async () => {
    const { out } = await run(['models', 'list', '--json'])
    expect(JSON.parse(out)).toMatchObject({
      models: expect.arrayContaining([
        expect.objectContaining({ name: 'starter-s1', toy: true, parameters: 836_736, quantization: 'Q8_0' }),
      ]),
    })
    expect(out).not.toContain(folder)
    expect(out).not.toMatch(/"\/[^"]*gguf"/)
  })
})

describe('doctor', () => {
  test(
    'finds this machine able, with a real answer, and says so line by line',
    { timeout: 60_000 },
    async () => {
      const { code, out } = await run(['doctor', '--json', '--port', '0'])
      const { healthy, findings } = JSON.parse(out) as {
        healthy: boolean
        findings: { check: string; status: string; says: string }[]
      }
      expect({ code, healthy }).toEqual({ code: 0, healthy: true })
      expect(findings.map(({ check }) => check)).toEqual(
        expect.arrayContaining([
          'node',
          'platform',
          'processor',
          'memory',
          'home',
          'disk',
          'config',
          'port',
          'starter models',
          'engine',
          'answer',
        ]),
      )
      expect(findings.find(({ check }) => check === 'answer')?.says).toMatch(
        /^starter-s1 wrote 16 tokens at \d+ tokens\/s/,
      )
      expect(findings).toContainEqual(expect.objectContaining({ check: 'config', status: 'warn' }))
    },
  )

  test('a wrong configuration is a problem and ends with code 1', async () => {
    const { code, out } = await run(['doctor', '--config', 'wrong.yaml', '--port', '0'])
    expect(code).toBe(1)
    expect(out).toMatch(
      /^problem +config +wrong\.yaml:3: models\.a\.engin: unknown key; did you mean engine\?$/m,
    )
  })
})

describe('up', () => {
  test('says where it listens as one document, answers, reads its configuration on SIGHUP, and ends well on Ctrl-C', async () => {
    const running = start(['up', '--port', '0', '--json', '--no-install'])
    await until(running.out, /\n/, running)
    const { url, console, models, config, warnings } = JSON.parse(running.out()) as {
      url: string
      console: string
      models: { name: string }[]
      config: { file: string }
      warnings: string[]
    }
    expect(console).toBe(`${url}/`)
    expect(config.file).toBe('musivum.yaml')
    expect(models.map(({ name }) => name)).toEqual(expect.arrayContaining(['double', 'starter-l']))
    expect(warnings.join('\n')).toContain('NOT_SET_ANYWHERE')
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    writeFileSync(join(folder, 'musivum.yaml'), `${rightConfig}limits: { body_mib: 0 }\n`)
    running.child.kill('SIGHUP')
    await until(running.err, /limits\.body_mib: .*; the configuration before it stays in force/, running)
    writeFileSync(join(folder, 'musivum.yaml'), rightConfig)
    running.child.kill('SIGINT')
    expect(await running.ended).toMatchObject({ code: 0, out: running.out() })
  })

  test('prints a curl line that works as printed', { timeout: 60_000 }, async ({ skip }) => {
    const running = start(['up', '--port', '0', '--no-install'])
    await until(running.out, /^console/m, running)
    expect(running.out()).toMatch(/^ {2}configured +double, slow, refusing, keyless \(not available: .*\)$/m)
    expect(running.out()).toMatch(/^ {2}starter \(toys\) +starter-l, starter-s1, /m)
    const line = /^ {2}(curl .*)$/m.exec(running.out())?.[1] ?? 'false'
    const { code, out } = await shell(`command -v curl > /dev/null || exit 77; ${line} -s`)
    running.child.kill('SIGTERM')
    await running.ended
    skip(code === 77, 'there is no curl on this machine')
    expect(JSON.parse(out)).toMatchObject({ choices: [{ message: { content: 'laboratory' } }] })
  })

  test('a port that is taken is one line with what to do', async () => {
    const holder = createServer()
    const port = await new Promise<number>((resolve) =>
      holder.listen(0, '127.0.0.1', () => {
        const address = holder.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      }),
    )
    const { code, out, err } = await run(['up', '--port', String(port), '--no-install'])
    holder.close()
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err.trim().split('\n').at(-1)).toMatch(new RegExp(`^musivum: port ${port} is taken .*--port`))
  })

  test('flags win over variables, and variables over the configuration', async () => {
    writeFileSync(join(folder, 'listen.yaml'), 'listen: { host: 127.0.0.2, port: 1 }\ndiscover: false\n')
    const env = { MUSIVUM_CONFIG: 'listen.yaml', MUSIVUM_HOST: '127.0.0.3', MUSIVUM_PORT: '0' }
    for (const [args, host] of [
      [['--host', '127.0.0.4'], '127.0.0.4'],
      [[], '127.0.0.3'],
    ] as const) {
      const running = start(['up', '--json', '--no-install', ...args], env)
      await until(running.out, /\n/, running)
      expect(JSON.parse(running.out())).toMatchObject({ url: expect.stringMatching(`^http://${host}:\\d+$`) })
      running.child.kill('SIGINT')
      await running.ended
    }
  })
})

test('engine status says which build is there', async () => {
  const { code, out } = await run(['engine', 'status', '--json'])
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    installed: true,
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
  })
})
