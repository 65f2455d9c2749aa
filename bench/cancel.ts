import { once } from 'node:events'
import { Agent, request } from 'undici'
import type { ModelView } from '../src/gateway/admin/contract.ts'
import { startUpstream, type Upstream } from '../test/upstream/upstream.ts'
import { startGatewayProcess, root, type GatewayProcess } from './lib/gateway-process.ts'
import { benchOptions, progress, publish, type Measured } from './lib/report.ts'
import { median } from './lib/statistics.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'

const HELP = `How long after a client has gone the upstream call is cancelled, or the generation stopped.

  node bench/cancel.ts [--quick] [--json] [--gate]`

const BAR_MS = 50
const GIVE_UP_MS = 10_000

/** Text that cannot end early: a list of a thousand words, by grammar. Takes the model far longer than any wait here. */
const LONG = {
  model: 'one-slot',
  stream: true,
  messages: [{ role: 'user', content: 'Copy: a' }],
  response_format: {
    type: 'json_schema',
    json_schema: {
      name: 'long',
      schema: { type: 'array', items: { enum: ['word', 'work'] }, minItems: 1_000 },
    },
  },
}
const SHORT = { model: 'one-slot', messages: [{ role: 'user', content: 'Triage: where is my bill?' }] }

const options = benchOptions(HELP)
const times = options.quick ? 5 : 40

await using resources = new AsyncDisposableStack()
const folder = resources.use(temporaryFolder('cancel'))
/** In this process, so that the client's clock and the upstream's are one. */
const upstream = await openUpstream()
const gateway = resources.use(await startGatewayProcess({ home: folder.path, config: config(upstream) }))

const streamed = await repeat('streamed', () =>
  untilUpstreamKnows({ model: 'endless', stream: true, after: 'first bytes' }),
)
const stalled = await repeat('streamed, the upstream silent in the middle', () =>
  untilUpstreamKnows({ model: 'stall-mid-stream', stream: true, after: 'first bytes' }),
)
const early = await repeat('streamed, before the first byte', () =>
  untilUpstreamKnows({ model: 'slow-first-byte', stream: true, after: 'request arrived' }),
)
const whole = await repeat('not streamed', () =>
  untilUpstreamKnows({ model: 'slow-first-byte', stream: false, after: 'request arrived' }),
)
await timeOfShortAnswer()
const shortAnswersMs = await repeat('a short answer of starter-l alone', timeOfShortAnswer)
const slots = await repeat('starter-l', untilSlotIsFree)

publish(
  {
    bench: 'cancel',
    rows: [
      ...both('upstream told, streamed', streamed),
      ...both('upstream told, streamed, upstream silent', stalled),
      ...both('upstream told, before the first byte', early),
      ...both('upstream told, not streamed', whole),
      ...both(
        'starter-l: slot free',
        slots.map((slot) => slot.freeMs),
      ),
      ...both(
        'starter-l: next in line answered, less its own time',
        slots.map((slot) => slot.nextAnsweredMs - median(shortAnswersMs)),
      ),
    ],
    notes: [
      `${times} times each; the clock starts when the client destroys its socket.`,
      'The slot is asked for over /api/models without a pause, so it is late by up to one such request.',
      `The next in line waited for the only slot of a one-slot model; alone the same request takes ${median(shortAnswersMs).toFixed(1)} ms (median).`,
    ],
  },
  options,
)

async function openUpstream(): Promise<Upstream> {
  const started = await startUpstream({ delayMs: 5, slowMs: GIVE_UP_MS })
  resources.defer(started.close)
  return started
}

function config({ url }: Upstream): Record<string, unknown> {
  const names = ['endless', 'stall-mid-stream', 'slow-first-byte']
  const models = names.map((name) => [name, { engine: 'openai', base_url: url, model: name }])
  const oneSlot = {
    engine: 'llama',
    weights: `${root}models/starter/starter-l-q8_0.gguf`,
    slots: 1,
    queue: 8,
  }
  return { discover: false, models: { ...Object.fromEntries(models), 'one-slot': oneSlot } }
}

async function repeat<Result>(what: string, work: () => Promise<Result>): Promise<readonly Result[]> {
  progress(what)
  const results: Result[] = []
  for (let i = 0; i < times; i += 1) results.push(await work())
  return results
}

type Leaving = {
  readonly model: string
  readonly stream: boolean
  readonly after: 'first bytes' | 'request arrived'
}

/** Milliseconds from the client's leaving to the moment the upstream saw its own connection close. */
async function untilUpstreamKnows({ model, stream, after }: Leaving): Promise<number> {
  const arrivedBefore = upstream.requests.length
  const client = openClient(gateway, { model, stream, messages: [{ role: 'user', content: 'Hello' }] })
  await (after === 'first bytes' ? client.begun : until(() => upstream.requests.length > arrivedBefore))
  const told = upstream.nextDisconnect()
  const leftMs = client.leave()
  const { atMs, model: whose } = await within(told, 'the upstream was never told')
  if (whose !== model) throw new Error(`the upstream lost a client of ${whose}, expected ${model}`)
  return atMs - leftMs
}

type Client = { readonly begun: Promise<void>; readonly leave: () => number }

/** A client with a connection of its own, which it can break off at a known moment. */
function openClient({ url }: GatewayProcess, body: object): Client {
  const agent = new Agent({ pipelining: 0 })
  const begun = ask(url, agent, body).then(async ({ body: bytes }) => {
    // Leaving surfaces here too.
    bytes.on('error', () => 'left')
    // Not `for await`, whose end would close the answer: it must still be running when the client leaves.
    await once(bytes, 'data')
  })
  begun.catch(() => 'left')
  return {
    begun,
    leave() {
      const leftMs = performance.now()
      agent.destroy().catch(() => 'already gone')
      return leftMs
    },
  }
}

function ask(url: string, dispatcher: Agent, body: object) {
  return request(`${url}/v1/chat/completions`, {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

async function untilSlotIsFree(): Promise<{ readonly freeMs: number; readonly nextAnsweredMs: number }> {
  const client = openClient(gateway, LONG)
  await within(client.begun, 'the long answer did not begin')
  const agent = new Agent()
  const next = ask(gateway.url, agent, SHORT).then(async ({ body }) => {
    await body.dump()
    return performance.now()
  })
  await until(async () => (await oneSlot()).queuedRequests === 1)
  const leftMs = client.leave()
  // The next in line takes the slot at once, so a free slot shows as an empty queue.
  await until(async () => (await oneSlot()).queuedRequests === 0)
  const freeMs = performance.now() - leftMs
  const nextAnsweredMs = (await within(next, 'the next in line was never answered')) - leftMs
  await agent.close()
  return { freeMs, nextAnsweredMs }
}

async function timeOfShortAnswer(): Promise<number> {
  const agent = new Agent()
  const startedMs = performance.now()
  const { body, statusCode } = await ask(gateway.url, agent, SHORT)
  const text = await body.text()
  if (statusCode !== 200) throw new Error(`starter-l answered ${statusCode}: ${text.slice(0, 200)}`)
  await agent.close()
  return performance.now() - startedMs
}

async function oneSlot(): Promise<ModelView> {
  const { models } = await gateway.get<{ readonly models: readonly ModelView[] }>('/api/models')
  const model = models.find(({ name }) => name === 'one-slot')
  if (model === undefined) throw new Error('the gateway does not list the model of this benchmark')
  return model
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + GIVE_UP_MS
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) throw new Error('waited in vain')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function within<Result>(promise: Promise<Result>, otherwise: string): Promise<Result> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`${otherwise} (${GIVE_UP_MS / 1000} s)`)), GIVE_UP_MS).unref()
  })
  return Promise.race([promise, late])
}

function both(what: string, values: readonly number[]): readonly Measured[] {
  return [
    { what: `${what}, median`, unit: 'ms', measured: median(values), bar: BAR_MS },
    { what: `${what}, longest`, unit: 'ms', measured: Math.max(...values), bar: BAR_MS },
  ]
}
