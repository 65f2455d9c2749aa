import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { chunk, errorBody, usageChunk, type ChatBody } from '../upstream/wire.ts'
import { doubled, type Config } from './running-gateway.ts'
import { BARE_ENVIRONMENT } from '../setup/bare-environment.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const ITEMS = 12

let folder = ''
let server: ScriptedServer
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-evidence-run-'))
  server = await startScripted()
  const rows = Array.from({ length: ITEMS }, (_, place) => ({
    task: 'numbers',
    item: `i${place}`,
    prompt: `Say ${place}.`,
    gold: String(place),
    lang: place % 2 === 0 ? 'en' : 'mr',
  }))
  writeFileSync(join(folder, 'items.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  configure({ large: priced(server.url, 'large'), small: priced(server.url, 'small') })
  task()
})
afterEach(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A cent for each answer: a thousandth of a dollar per token, 7 in and 3 out. */
const PRICE = { input_usd_per_million: 1000, output_usd_per_million: 1000 }

function priced(url: string, upstreamName: string, more: Config = {}): Config {
  return doubled(url, upstreamName, { price: PRICE, ...more })
}

function configure(models: Config): void {
  writeFileSync(join(folder, 'musivum.yaml'), stringify({ discover: false, models }))
}

function task(more: Config = {}): void {
  const whole = {
    task: 'numbers',
    items: 'items.jsonl',
    scorer: 'exact',
    reference: 'large',
    candidates: ['small'],
    margin: 0.1,
    sampling: { max_tokens: 3 },
    ...more,
  }
  writeFileSync(join(folder, 'numbers.yaml'), stringify(whole))
}

type Ended = { readonly code: number | null; readonly out: string; readonly err: string }
type Running = { readonly child: ChildProcess; readonly ended: Promise<Ended> }

/** The real command line in a process of its own. */
function start(...words: readonly string[]): Running {
  const env = {
    ...BARE_ENVIRONMENT,
    HOME: folder,
    MUSIVUM_HOME: join(folder, 'home'),
    MUSIVUM_OFFLINE: '1',
  }
  const child = spawn(process.execPath, [MAIN, 'evidence', ...words], { cwd: folder, env })
  let [out, err] = ['', '']
  child.stdout.on('data', (part: Buffer) => (out += part.toString()))
  child.stderr.on('data', (part: Buffer) => (err += part.toString()))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }))
  return { child, ended }
}

function run(...words: readonly string[]): Promise<Ended> {
  return start('run', 'numbers.yaml', ...words).ended
}

type RunDocument = {
  readonly state: string
  readonly calls: { readonly total: number; readonly done: number }
  readonly models: readonly {
    readonly model: string
    readonly asked: number
    readonly cached: number
    readonly failed: number
  }[]
  readonly cost: { readonly usd: number; readonly perhaps_usd: number }
  readonly comparisons: readonly { readonly n: number; readonly verdict: string; readonly sentence: string }[]
  readonly outcomes_sha256: string
  readonly same_as_lock: boolean | null
}

async function report(...words: readonly string[]): Promise<RunDocument> {
  const { code, out, err } = await run('--json', ...words)
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out) as RunDocument
}

type Row = Readonly<Record<string, unknown>>

function rowsOf(name: string): readonly Row[] {
  const text = readFileSync(join(folder, 'evidence', 'numbers', name), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
}

const filesThere = () => readdirSync(folder).includes('evidence')
const sum = (document: RunDocument, field: 'asked' | 'cached' | 'failed') =>
  document.models.reduce((all, each) => all + each[field], 0)

test('a task file becomes outcomes, a lock and a verdict, with what each call cost', async () => {
  const document = await report()
  expect(document).toMatchObject({ state: 'complete', calls: { total: 24, done: 24 } })
  expect(document.cost).toEqual({ usd: 0.24, perhaps_usd: 0, unpriced: 0 })
  expect(document.comparisons[0]).toMatchObject({ n: ITEMS })
  expect(document.comparisons[0]?.sentence).toContain('small instead of large')
  const outcomes = rowsOf('outcomes.jsonl')
  expect(outcomes.map(({ item, model }) => `${String(item)} ${String(model)}`).slice(0, 4)).toEqual([
    'i0 large',
    'i0 small',
    'i1 large',
    'i1 small',
  ])
  expect(outcomes[2]).toMatchObject({
    task: 'numbers',
    score: 1,
    answer: '1',
    chars: 1,
    cost_usd: 0.01,
    lang: 'mr',
  })
  expect(rowsOf('answers.jsonl')[0]).toMatchObject({
    item: 'i0',
    model: 'large',
    output: '0',
    input_tokens: 7,
  })
  const [request] = server.requests
  expect(request).toMatchObject({ temperature: 0, max_tokens: 3, stream: true })
  expect(request?.messages?.[0]?.content).toMatch(/^Say \d+\.$/)
})

test('running it again asks nothing, pays nothing and gives the same bytes', async () => {
  const first = await report()
  const asked = server.requests.length
  const second = await report()
  expect([server.requests.length, sum(second, 'asked'), sum(second, 'cached'), second.cost.usd]).toEqual([
    asked,
    0,
    24,
    0,
  ])
  expect(second.outcomes_sha256).toBe(first.outcomes_sha256)
})

test('a dry run says what would be asked and asks nothing', async () => {
  const { code, out } = await run('--dry-run', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ calls: 24, cached: 0, new: 24, margin: 0.1 })
  expect((JSON.parse(out) as { cost_usd: number }).cost_usd).toBeGreaterThan(0.1)
  const words = (await run('--dry-run')).out
  expect(words).toContain('numbers: 12 items × 2 models = 24 calls; 0 answered already, 24 to make')
  expect(words).toMatch(/Items for a verdict at 10\.0 points: /)
  expect(server.requests).toHaveLength(0)
  expect(filesThere()).toBe(false)
})

test('Ctrl-C keeps what was answered, says how to go on, and the next run asks for the rest', async () => {
  server.hold(7)
  // One at a time: a request that arrives means that the answers before it were kept.
  const { child, ended } = start('run', 'numbers.yaml', '--concurrency', '1')
  await server.held()
  child.kill('SIGINT')
  const { code, err } = await ended
  expect(code).toBe(130)
  expect(err).toMatch(/stopped: 7 of 24 answered, \$0\.070 paid; the same command goes on where it stopped/)
  expect(filesThere()).toBe(false)
  server.release()
  const rest = await report()
  expect([sum(rest, 'cached'), sum(rest, 'asked')]).toEqual([7, 17])
  expect(rowsOf('outcomes.jsonl').every(({ score }) => score === 1)).toBe(true)
})

test('kill -9 loses no answer that was paid for', async () => {
  server.hold(9)
  const { child, ended } = start('run', 'numbers.yaml', '--concurrency', '1')
  await server.held()
  child.kill('SIGKILL')
  await ended
  server.release()
  const rest = await report()
  expect([sum(rest, 'cached'), sum(rest, 'asked')]).toEqual([9, 15])
})

test('a run stops before it costs more than the ceiling, and goes on with a higher one', async () => {
  const { code, err, out } = await run('--max-cost', '0.1', '--json')
  expect(code).toBe(2)
  expect(err).toMatch(
    /musivum: the ceiling of \$0\.1 leaves no room for the next call: \d+ of 24 answered, \$0\.\d+ paid/,
  )
  const stopped = JSON.parse(out) as RunDocument
  expect(stopped.state).toBe('ceiling')
  expect(stopped.cost.usd).toBeLessThanOrEqual(0.1)
  expect(server.requests.length).toBeLessThanOrEqual(10)
  expect(rowsOf('outcomes.jsonl')).toHaveLength(stopped.calls.done)
  const rest = await report('--max-cost', '1')
  expect(sum(rest, 'cached')).toBe(stopped.calls.done)
})

test('a ceiling over a model without a price is refused before anything is asked', async () => {
  configure({ large: priced(server.url, 'large'), small: doubled(server.url, 'small') })
  const { code, err } = await run('--max-cost', '1')
  expect(code).toBe(2)
  expect(err).toContain('musivum: numbers.yaml: a ceiling on cost cannot be kept, because small has no price')
  expect(server.requests).toHaveLength(0)
})

test('a server that limits the rate is asked again when it said, and every call ends well', async () => {
  server.refuse(3, { status: 429, retryAfter: '3' })
  const document = await report('--models', 'small')
  expect(sum(document, 'failed')).toBe(0)
  expect(document.calls.done).toBe(24)
}, 60_000)

test('a server that fails is asked again, and what never succeeds is an outcome of 0 with its reason', async () => {
  const double: Upstream = await startUpstream()
  try {
    configure({ large: priced(server.url, 'large'), small: priced(double.url, 'status-500') })
    task({ limits: { attempts: 2, concurrency: 12 } })
    const document = await report('--limit', '3')
    expect(document.models).toMatchObject([
      { model: 'large', failed: 0 },
      { model: 'small', failed: 3 },
    ])
    const failed = rowsOf('outcomes.jsonl').filter(({ model }) => model === 'small')
    expect(failed.map(({ score, error }) => [score, String(error).split(':')[0]])).toEqual(
      Array(3).fill([0, 'upstream.failed']),
    )
    expect(double.requests.length).toBeGreaterThanOrEqual(6)
  } finally {
    await double.close()
  }
})

test('an answer that another model gave in place of the one asked is no outcome of either', async () => {
  const double: Upstream = await startUpstream()
  try {
    const fallbacks = ['large']
    configure({ large: priced(server.url, 'large'), small: priced(double.url, 'status-500', { fallbacks }) })
    const document = await report('--limit', '2')
    expect(document.models[1]).toMatchObject({ model: 'small', failed: 2 })
    const [, small] = rowsOf('outcomes.jsonl')
    expect(small?.['error']).toMatch(
      /^model\.unavailable: small did not answer and large answered in its place/,
    )
    // Both were paid: the answers of large to its own calls, and those it gave in place of small.
    expect(document.cost.usd).toBeCloseTo(0.04, 9)
  } finally {
    await double.close()
  }
})

describe('a lock', () => {
  test('lets the same inputs through and says that the table is the same', async () => {
    await report()
    expect((await report('--locked')).same_as_lock).toBe(true)
  })

  test('names what differs, and nothing is asked', async () => {
    await report()
    const asked = server.requests.length
    task({ scorer: { kind: 'exact', ignore_case: true } })
    const { code, err } = await run('--locked')
    expect(code).toBe(2)
    expect(err).toMatch(
      /musivum: evidence\/numbers\/run\.lock\.json does not fit: task_file\.sha256 is .* \(and 1 more\)/,
    )
    expect(server.requests).toHaveLength(asked)
  })

  test('is a check: a model that answers differently fails it', async () => {
    await report()
    server.answer(() => 'something else')
    const { code, err, out } = await run('--locked', '--no-cache', '--json')
    expect(code).toBe(1)
    expect((JSON.parse(out) as RunDocument).same_as_lock).toBe(false)
    expect(err).toContain('the table is not the one of the lock')
  })
})

test('runs are listed with their state, cost and verdict', async () => {
  await report()
  await run('--max-cost', '0')
  const { out, code } = await start('list', '--json').ended
  expect(code).toBe(0)
  const { runs } = JSON.parse(out) as { readonly runs: readonly Row[] }
  expect(runs).toMatchObject([
    { task: 'numbers', state: 'complete', calls_made: 0, cost_usd: 0 },
    {
      task: 'numbers',
      state: 'complete',
      calls_made: 24,
      cost_usd: 0.24,
      folder: join('evidence', 'numbers'),
    },
  ])
  expect((await start('list').ended).out).toContain('small instead of large')
})

test.each([
  [['run'], /musivum: evidence run needs one task file/],
  [['run', 'nope.yaml'], /musivum: nope\.yaml: there is no such file/],
  [
    ['run', 'numbers.yaml', '--models', 'tiny'],
    /musivum: "tiny" is no candidate of numbers\.yaml; it names small/,
  ],
  [['run', 'numbers.yaml', '--locked'], /musivum: evidence\/numbers: holds no run\.lock\.json/],
])('%j is one line that says what was expected', async (words, expected) => {
  const { code, err, out } = await start(...words).ended
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toMatch(expected)
  expect(err.trimEnd().split('\n')).toHaveLength(1)
})

test('a model that the gateway does not have is named with its line and the nearest name', async () => {
  task({ candidates: ['smal'] })
  const { code, err } = await run()
  expect(code).toBe(2)
  expect(err).toMatch(/numbers\.yaml:\d+:\d+: no model is called "smal"; did you mean small\?/)
})

/** A vendor that says the number it is asked for, and can be told to wait or to refuse. */
type ScriptedServer = {
  readonly url: string
  readonly requests: readonly ScriptedRequest[]
  /** Answers so many requests and leaves the others waiting. */
  readonly hold: (answered: number) => void
  /** Resolves when a request waits. */
  readonly held: () => Promise<void>
  readonly release: () => void
  readonly refuse: (count: number, refusal: Refusal) => void
  readonly answer: (text: (prompt: string) => string) => void
  readonly close: () => Promise<void>
}

type ScriptedRequest = ChatBody & { readonly messages?: readonly { readonly content: string }[] }
type Refusal = { readonly status: number; readonly retryAfter: string }

async function startScripted(): Promise<ScriptedServer> {
  const requests: ScriptedRequest[] = []
  let allowed = Number.POSITIVE_INFINITY
  let refusals = 0
  let refusal: Refusal = { status: 429, retryAfter: '1' }
  let textFor = (prompt: string): string => prompt.replace(/\D+/g, '')
  const waiting: (() => void)[] = []
  let someoneWaits = (): void => undefined
  const waits = new Promise<void>((resolve) => (someoneWaits = resolve))

  async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(await textOf(request)) as ScriptedRequest
    requests.push(body)
    if (refusals > 0) {
      refusals -= 1
      response.writeHead(refusal.status, {
        'content-type': 'application/json',
        'retry-after': refusal.retryAfter,
      })
      response.end(errorBody('Rate limit reached', 'requests', 'rate_limit_exceeded'))
      return
    }
    if (requests.length > allowed) {
      someoneWaits()
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
    stream(response, body.model ?? '', textFor(body.messages?.at(-1)?.content ?? ''))
  }

  const listening: Server = createServer((request, response) => {
    reply(request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const { port } = listening.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    hold: (count) => (allowed = count),
    held: () => waits,
    release() {
      allowed = Number.POSITIVE_INFINITY
      for (const go of waiting) go()
    },
    refuse(count, how) {
      refusals = count
      refusal = how
    },
    answer: (text) => (textFor = text),
    async close() {
      const closed = new Promise<void>((resolve) => listening.close(() => resolve()))
      listening.closeAllConnections()
      await closed
    },
  }
}

/** A streamed answer of 7 tokens in and 3 out. */
function stream(response: ServerResponse, model: string, text: string): void {
  const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 }
  const events = [
    chunk(model, { delta: { role: 'assistant', content: '' } }),
    chunk(model, { delta: { content: text } }),
    chunk(model, { finishReason: 'stop' }),
    usageChunk(model, usage),
    '[DONE]',
  ]
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  response.end(events.map((event) => `data: ${event}\n\n`).join(''))
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
