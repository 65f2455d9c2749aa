import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { startWorker } from './lib/child.ts'
import { chatClient, messagesClient, responsesClient, type DialectClient } from './lib/dialect-clients.ts'
import { freePorts } from './lib/free-ports.ts'
import { startGatewayProcess } from './lib/gateway-process.ts'
import { benchOptions, progress, publish } from './lib/report.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'
import type { UpstreamJob, UpstreamStarted } from './mock-upstream.ts'

const HELP = `Upstreams that fail in every way they know, and what clients see of it, in three protocols.

  node bench/chaos.ts [--quick] [--json] [--gate] [--requests N]`

/** What the double does, by the name of the model. */
const BEHAVIOURS = [
  'plain',
  'status-401',
  'status-429',
  'status-429-quota',
  'status-500',
  'status-503',
  'html-200',
  'html-502',
  'bad-json',
  'bad-json-event',
  'error-in-200',
  'error-first-event',
  'error-mid-stream',
  'no-done',
  'redirect',
  'slow-first-byte',
  'stall-before-first-event',
  'stall-mid-stream',
  'cut-mid-stream',
  'cut-silently',
  'reset-mid-stream',
  'cut-json',
  'closed-before-headers',
  'other-json',
  'gzip',
] as const

const KEY = 'sk-chaos-0123456789abcdefghij'
const TEXT = 'Héllo from the double 🎉'
const TOTAL_MS = 2_000
/** What the machine may add to a deadline while 64 requests share two cores with their upstream and their clients. */
const SLACK_MS = 3_000
const AT_ONCE = 64

const options = benchOptions(HELP, { requests: 10_000 })
const requests = options.quick ? 600 : options.requests

await using resources = new AsyncDisposableStack()
const folder = resources.use(temporaryFolder('chaos'))
const upstream = await resources
  .use(await startWorker<UpstreamJob, UpstreamStarted>('mock-upstream.ts'))
  .run({ slowMs: 2 * TOTAL_MS })
const [nobody = 0] = await freePorts(1)
const gateway = resources.use(
  await startGatewayProcess({ home: folder.path, config: config(), env: { BENCH_KEY: KEY } }),
)
const agent = new Agent({ connections: AT_ONCE, headersTimeout: 0, bodyTimeout: 0 })
resources.defer(() => agent.destroy())

const CLIENTS = [chatClient, responsesClient, messagesClient]
const MODELS = [...BEHAVIOURS, 'refusing', 'one-of-two', 'with-fallback']
/** Where somebody can answer, somebody must: a gateway that refuses everything would pass all the rest. */
const ANSWERABLE = ['plain', 'one-of-two', 'with-fallback']

const WRONG = [
  'hung',
  'late',
  'text twice',
  'half for whole',
  'not its dialect',
  'secret',
  'threw',
  'refused in vain',
] as const
type Verdict = 'answered' | 'refused' | 'broken off' | WrongVerdict
type WrongVerdict = (typeof WRONG)[number]

const counts = new Map<Verdict, number>()
const examples: string[] = []
let next = 0
progress(
  `${requests} requests, ${MODELS.length} ways to fail, ${CLIENTS.length} protocols, ${AT_ONCE} at once`,
)
await Promise.all(Array.from({ length: AT_ONCE }, worker))

publish(
  {
    bench: 'chaos',
    rows: [
      ...WRONG.map((verdict) => ({
        what: verdict,
        unit: 'requests',
        measured: counts.get(verdict) ?? 0,
        bar: 0,
      })),
      ...(['answered', 'refused', 'broken off'] as const).map((verdict) => ({
        what: verdict,
        unit: 'requests',
        measured: counts.get(verdict) ?? 0,
      })),
    ],
    notes: [
      `Deadline of a request ${TOTAL_MS} ms; late is more than ${SLACK_MS} ms over it, hung more than three times that.`,
      'Broken off: the beginning of the text, then an error event of the protocol, and no proper end.',
      ...examples,
    ],
  },
  options,
)

function config(): Record<string, unknown> {
  const bounds = {
    timeouts: { connect: '500ms', first_byte: '600ms', idle: '600ms', total: `${TOTAL_MS}ms` },
  }
  const at = (url: string, model: string, more = {}) => ({
    engine: 'openai',
    base_url: url,
    model,
    key: 'env:BENCH_KEY',
    ...bounds,
    ...more,
  })
  const dead = `http://127.0.0.1:${nobody}/v1`
  return {
    discover: false,
    models: {
      ...Object.fromEntries(BEHAVIOURS.map((name) => [name, at(upstream.url, name)])),
      refusing: at(dead, 'any'),
      'one-of-two': at(dead, 'plain', { endpoints: [{ base_url: upstream.url, key: 'env:BENCH_KEY' }] }),
      'with-fallback': at(upstream.url, 'status-500', { fallbacks: ['plain'] }),
    },
  }
}

async function worker(): Promise<void> {
  for (let number = next; number < requests; number = next) {
    next += 1
    const client = CLIENTS[number % CLIENTS.length] ?? chatClient
    const model = MODELS[Math.floor(number / CLIENTS.length) % MODELS.length] ?? 'plain'
    const stream = Math.floor(number / CLIENTS.length / MODELS.length) % 2 === 0
    const verdict = await ask(client, model, stream)
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
    if (isWrong(verdict) && examples.length < 10)
      examples.push(`${verdict}: ${client.name}, ${model}, ${stream ? 'streamed' : 'whole'}`)
  }
}

function isWrong(verdict: Verdict): verdict is WrongVerdict {
  return (WRONG as readonly string[]).includes(verdict)
}

async function ask(client: DialectClient, model: string, stream: boolean): Promise<Verdict> {
  const startedMs = performance.now()
  const hung = new AbortController()
  const answer = exchange(client, model, stream, hung.signal)
  const patience = sleep(3 * (TOTAL_MS + SLACK_MS), 'hung' as const, { signal: hung.signal }).catch(
    () => 'hung' as const,
  )
  const verdict = await Promise.race([answer.catch(() => 'threw' as const), patience])
  hung.abort()
  return verdict !== 'hung' && performance.now() - startedMs > TOTAL_MS + SLACK_MS ? 'late' : verdict
}

async function exchange(
  client: DialectClient,
  model: string,
  stream: boolean,
  signal: AbortSignal,
): Promise<Verdict> {
  const { statusCode, body } = await request(`${gateway.url}${client.path}`, {
    dispatcher: agent,
    method: 'POST',
    signal,
    headers: { 'content-type': 'application/json', 'x-api-key': 'any', 'anthropic-version': '2023-06-01' },
    body: client.body(model, stream),
  })
  const said = await body.text()
  if (said.includes(KEY)) return 'secret'
  if (statusCode !== 200) {
    if (!client.isError(said)) return 'not its dialect'
    return ANSWERABLE.includes(model) ? 'refused in vain' : 'refused'
  }
  const { text, end } = stream ? client.streamed(said) : client.whole(said)
  if (!TEXT.startsWith(text)) return 'text twice'
  if (end === 'nothing') return 'not its dialect'
  if (end === 'error') return 'broken off'
  return text === TEXT ? 'answered' : 'half for whole'
}
