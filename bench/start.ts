import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild } from './lib/child.ts'
import { listeningUrl, root, startGatewayProcess } from './lib/gateway-process.ts'
import { residentBytes } from './lib/process-cost.ts'
import { benchOptions, progress, publish } from './lib/report.ts'
import { median } from './lib/statistics.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'

const HELP = `How long \`musivum up\` takes from nothing to the first answer of a starter model, and what it holds in memory.

  node bench/start.ts [--quick] [--json] [--gate]`

const MIB = 1024 * 1024
/** A gateway that has just started still holds what its start needed. */
const SETTLES_MS = 2_000
const ONE_ANSWER_MS = 3_000

const options = benchOptions(HELP)
const times = options.quick ? 1 : 5

progress('building what is published')
execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: ['ignore', 'ignore', 'pipe'] })

type Start = {
  readonly listeningMs: number
  /** From the request, which loads the model, to its answer. */
  readonly firstAnswerMs: number
  /** The same request again, with the model loaded. */
  readonly secondAnswerMs: number
  readonly idleMib: number
}

const starts: Start[] = []
for (let i = 0; i < times; i += 1) {
  progress(`start ${i + 1} of ${times}`)
  starts.push(await coldStart())
}
progress('from source, with compiled modules kept as npm start keeps them')
const fromSource = await residentFromSource()
progress('npm start, with everything installed')
const npmStartMs: number[] = []
for (let i = 0; i < times; i += 1) npmStartMs.push(await npmStart())

const listening = median(starts.map((start) => start.listeningMs))
const load = median(starts.map((start) => start.firstAnswerMs - start.secondAnswerMs))
publish(
  {
    bench: 'start',
    rows: [
      { what: 'musivum up to listening', unit: 'ms', measured: listening, bar: ONE_ANSWER_MS },
      {
        what: 'musivum up to first answer of starter-s1',
        unit: 'ms',
        measured: median(starts.map((start) => start.listeningMs + start.firstAnswerMs)),
        bar: Math.round(ONE_ANSWER_MS + load),
      },
      {
        what: 'npm start, second time, to listening',
        unit: 'ms',
        measured: median(npmStartMs),
        bar: ONE_ANSWER_MS,
      },
      {
        what: 'resident without a loaded model',
        unit: 'MiB',
        measured: median(starts.map((start) => start.idleMib)),
        bar: 150,
      },
      {
        what: 'the same from source, second time',
        unit: 'MiB',
        measured: fromSource,
        bar: 150,
      },
    ],
    notes: [
      `Medians of ${times}; every start of what is published, with an empty home folder, nothing warm but the file cache.`,
      `Loading starter-s1: ${load.toFixed(0)} ms, the first answer less the second; the bar of the first answer is 3 s and that.`,
      `Resident: VmRSS of the gateway's process ${SETTLES_MS / 1000} s after it listens, in which nothing was asked.`,
    ],
  },
  options,
)

async function coldStart(): Promise<Start> {
  using folder = temporaryFolder('start')
  await using gateway = await startGatewayProcess({ home: folder.path, published: true })
  await sleep(SETTLES_MS)
  const idleMib = residentBytes(gateway.pid) / MIB
  const firstAnswerMs = await timeOfAnswer(gateway.url)
  return {
    listeningMs: gateway.listeningAfterMs,
    firstAnswerMs,
    secondAnswerMs: await timeOfAnswer(gateway.url),
    idleMib,
  }
}

async function residentFromSource(): Promise<number> {
  using folder = temporaryFolder('start')
  using compiled = temporaryFolder('compiled')
  const setup = { home: folder.path, env: { NODE_COMPILE_CACHE: compiled.path } }
  {
    await using first = await startGatewayProcess(setup)
    await sleep(SETTLES_MS)
    progress(`the first start from source holds ${Math.round(residentBytes(first.pid) / MIB)} MiB`)
  }
  await using second = await startGatewayProcess(setup)
  await sleep(SETTLES_MS)
  return residentBytes(second.pid) / MIB
}

async function timeOfAnswer(url: string): Promise<number> {
  const startedMs = performance.now()
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'starter-s1',
      messages: [{ role: 'user', content: 'Triage: where do I go for a urine test?' }],
    }),
  })
  const text = await response.text()
  if (response.status !== 200)
    throw new Error(`starter-s1 answered ${response.status}: ${text.slice(0, 200)}`)
  return performance.now() - startedMs
}

async function npmStart(): Promise<number> {
  using folder = temporaryFolder('start')
  const startedMs = performance.now()
  // `detached`: npm starts processes of its own, and stopping the group stops them all.
  const child = await startChild(
    'npm',
    ['start', '--silent', '--', '--port', '0', '--home', folder.path, '--json'],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  )
  await listeningUrl(child)
  const listeningMs = performance.now() - startedMs
  await child.stop()
  return listeningMs
}
