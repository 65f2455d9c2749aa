import { mkdirSync, writeFileSync } from 'node:fs'
import { Agent, request as openRequest } from 'node:http'
import { join } from 'node:path'
import { createAnswerRestorer } from '../src/privacy/masked-call/restore-answer.ts'
import { maskConversation } from '../src/privacy/masked-call/mask-conversation.ts'
import { pseudonyms } from '../src/privacy/pseudonyms/pseudonyms.ts'
import { createRecognise } from '../src/privacy/recognise/recognise.ts'
import { systemRandom } from '../src/gateway/system-ports.ts'
import { openScopeKey } from '../src/store/scope-key.ts'
import { parseChatRequest } from '../src/wire/openai-chat/parse-request.ts'
import type { EchoJob, EchoStarted } from './echo-upstream.ts'
import { startWorker } from './lib/child.ts'
import { startGatewayProcess, type GatewayProcess } from './lib/gateway-process.ts'
import { cpuMicroseconds, withChildren } from './lib/process-cost.ts'
import { benchOptions, progress, publish, type Measured } from './lib/report.ts'
import { quantile } from './lib/statistics.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'

const options = benchOptions(
  `What masking before a model and restoring behind it adds to the first token of a streamed answer, and what it costs. The same
requests go through three gateways in turns: without a policy, with a rule that only reads labels, and with a duty to mask.

  node bench/masking.ts [--quick] [--json] [--gate]`,
)
const turns = options.quick ? 60 : 600
const warmUpTurns = options.quick ? 40 : 300

/** Thirty values do not fit into 200 characters: the short prompt has three. */
const SHAPES = [
  { chars: 200, entities: 3 },
  { chars: 4_000, entities: 3 },
  { chars: 4_000, entities: 30 },
] as const
type Shape = (typeof SHAPES)[number]

const FORBIDDEN = '@example.org'
const FILLER = 'please read the following note with care and tell us what is in it, '
const FIRST_TOKEN = /"content":"[^"]/

const rule = (effect: string) => `version: 1
rules:
  - id: bench
    effect: ${effect}
    when: request.sensitivity >= 1
    reason: A benchmark.
`
const POLICIES = {
  plain: undefined,
  labels: rule('prefer'),
  masked: `${rule('require')}    obligations: [mask]\n`,
} as const
type WayName = keyof typeof POLICIES

type Way = { readonly name: WayName; readonly gateway: GatewayProcess; readonly agent: Agent }

await using resources = new AsyncDisposableStack()
const folder = resources.use(temporaryFolder('masking'))
const upstream = resources.use(await startWorker<EchoJob, EchoStarted>('echo-upstream.ts'))
const { url } = await upstream.run({ forbidden: FORBIDDEN })
const plain = await openWay('plain')
const labels = await openWay('labels')
const masked = await openWay('masked')
const rows: Measured[] = []
for (const shape of SHAPES) rows.push(...(await measure(shape)))
publish({ bench: 'Masking on the way', rows, notes: notes() }, options)

async function openWay(name: WayName): Promise<Way> {
  const home = join(folder.path, name)
  mkdirSync(home)
  const rules = POLICIES[name]
  const file = join(home, 'rules.yaml')
  if (rules !== undefined) writeFileSync(file, rules)
  const model = { engine: 'openai', base_url: url, model: name, key: 'env:BENCH_KEY' }
  const gateway = resources.use(
    await startGatewayProcess({
      home,
      config: { discover: false, models: { echo: model }, ...(rules !== undefined && { policy: file }) },
      env: { BENCH_KEY: 'bench' },
    }),
  )
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  resources.defer(() => agent.destroy())
  return { name, gateway, agent }
}

async function measure(shape: Shape): Promise<readonly Measured[]> {
  const name = `${shape.chars} characters, ${shape.entities} entities`
  progress(name)
  for (let turn = 0; turn < warmUpTurns; turn += 1) await oneTurn(shape, turn)
  const ways = [plain, labels, masked]
  const before = ways.map(cpuOf)
  const results: Turn[] = []
  for (let turn = 0; turn < turns; turn += 1) results.push(await oneTurn(shape, turn))
  const cpu = ways.map((way, index) => cpuOf(way) - (before[index] ?? Number.NaN))
  // The plain gateway is asked twice in each turn.
  const [plainCpu = NaN, labelsCpu = NaN, maskedCpu = NaN] = [2, 1, 1].map(
    (times, index) => (cpu[index] ?? NaN) / (turns * times),
  )
  const added = (of: (turn: Turn) => number) => results.map((turn) => of(turn) - turn.plain)
  const beside = (q: number) => ({
    'labels only': quantile(
      added((turn) => turn.labels),
      q,
    ),
    'none, asked twice': quantile(
      added((turn) => turn.again),
      q,
    ),
  })
  const maskedAdded = added((turn) => turn.masked)
  const work = workOf(shape)
  return [
    {
      what: `${name}: added to the first token, p50`,
      unit: 'ms',
      measured: quantile(maskedAdded, 0.5),
      beside: beside(0.5),
    },
    { what: '  p90', unit: 'ms', measured: quantile(maskedAdded, 0.9), beside: beside(0.9) },
    { what: '  p99', unit: 'ms', measured: quantile(maskedAdded, 0.99), bar: 1, beside: beside(0.99) },
    {
      what: '  masking and restoring alone, p50',
      unit: 'ms',
      measured: quantile(work, 0.5),
    },
    { what: '  the same, p99', unit: 'ms', measured: quantile(work, 0.99), bar: 1 },
    {
      what: '  processor time of a whole request in the gateway',
      unit: 'µs',
      measured: maskedCpu,
      beside: { 'labels only': labelsCpu, 'none, asked twice': plainCpu },
    },
  ]
}

function cpuOf({ gateway }: Way): number {
  return cpuMicroseconds(withChildren(gateway.pid))
}

/** Milliseconds to the first token. */
type Turn = {
  readonly plain: number
  readonly again: number
  readonly labels: number
  readonly masked: number
}

/** Each turn begins with another one, so that a moment in which the machine is busy hits all of them alike. */
async function oneTurn(shape: Shape, turn: number): Promise<Turn> {
  const prompt = promptOf(shape, turn)
  const asks = { plain, again: plain, labels, masked }
  const names = Object.keys(asks) as (keyof Turn)[]
  const at = turn % names.length
  const times: Record<keyof Turn, number> = { plain: 0, again: 0, labels: 0, masked: 0 }
  for (const name of [...names.slice(at), ...names.slice(0, at)])
    times[name] = await firstTokenMs(asks[name], prompt)
  return times
}

/** Other values in every turn, evenly spread. */
function promptOf({ chars, entities }: Shape, turn: number): string {
  const values = Array.from({ length: entities }, (_, index) =>
    index % 3 === 2
      ? `call +44 20 7946 0${100 + ((turn + index) % 900)}`
      : `mail u${turn % 1_000}.${index}${FORBIDDEN}`,
  )
  const room = Math.floor(chars / entities)
  const parts = values.map((value) =>
    `${value}, ${FILLER.repeat(Math.ceil(room / FILLER.length))}`.slice(0, room - 1),
  )
  return `Note: ${parts.join(' ')}`.slice(0, chars)
}

function firstTokenMs({ name, gateway, agent }: Way, prompt: string): Promise<number> {
  const body = JSON.stringify({ model: 'echo', stream: true, messages: [{ role: 'user', content: prompt }] })
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const startedMs = performance.now()
    let firstMs = Number.NaN
    let answer = ''
    const call = openRequest(
      `${gateway.url}/v1/chat/completions`,
      { method: 'POST', agent, headers },
      (response) => {
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          answer += part
          if (Number.isNaN(firstMs) && FIRST_TOKEN.test(answer)) firstMs = performance.now() - startedMs
        })
        response.on('error', reject)
        response.on('end', () => {
          const wrong =
            response.statusCode === 200 ? wrongAnswer(answer, prompt) : `status ${response.statusCode}`
          if (wrong === undefined) resolve(firstMs)
          else reject(new Error(`${name}: ${wrong}`))
        })
      },
    )
    call.on('error', reject)
    call.end(body)
  })
}

/** What the server was told comes back, with the values in it, whichever way it went. */
function wrongAnswer(answer: string, prompt: string): string | undefined {
  const text = [...answer.matchAll(/"content":("(?:[^"\\]|\\.)*")/g)].map(
    ([, piece = '""']) => JSON.parse(piece) as string,
  )
  const said = text.join('')
  if (said.length < 60) return 'the answer is too short'
  return prompt.startsWith(said) ? undefined : 'the answer is not what was said'
}

/**
 * The work itself in this process: finding, masking, and restoring until the first piece may leave. Of each prompt the least of
 * five counts: the clock of processor time is too coarse for it, and what else runs on the machine is no part of it.
 */
function workOf(shape: Shape): readonly number[] {
  const recognise = createRecognise()
  const hmac = openScopeKey({
    home: folder.path,
    env: { MUSIVUM_SCOPE_KEY: '5e'.repeat(32) },
    random: systemRandom(),
  })('bench')
  const once = (turn: number): number => {
    const content = promptOf(shape, turn)
    const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] })
    const { conversation } = parseChatRequest(body)
    const startedMs = performance.now()
    const scope = pseudonyms({ hmac, isTaken: (standIn) => content.includes(standIn) })
    maskConversation(conversation, (text) => scope.mask(text, recognise(text)))
    createAnswerRestorer(scope.replaced).push({ kind: 'text-delta', choice: 0, text: 'Note' })
    return performance.now() - startedMs
  }
  for (let turn = 0; turn < warmUpTurns; turn += 1) once(turn)
  return Array.from({ length: turns }, (_, turn) => Math.min(...Array.from({ length: 5 }, () => once(turn))))
}

function notes(): readonly string[] {
  return [
    `Each number is of ${turns} turns: in each the same prompt goes once through every gateway and twice through the one without a policy.`,
    'Percentiles are of the differences within a turn. `none, asked twice` is the difference between two requests that do the same: what the',
    'machine adds by itself. A p99 that is no further from 0 than that one says nothing about masking; the lines below it do.',
    'Without a policy bytes pass through; with one the request is read, and every piece of the answer written anew.',
    'Every answer is compared with its prompt, and the server refuses to answer when it is told a value that had to be masked.',
  ]
}
