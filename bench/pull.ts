import { createCipheriv } from 'node:crypto'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ggufHeaderBytes } from '../src/catalog/gguf/gguf-bytes.conformance.ts'
import { seededDraw } from '../src/catalog/gguf/mutate.conformance.ts'
import { shelfOf } from '../src/weights/shelf.ts'
import { startHub } from '../test/hub/hub.ts'
import { sha256Of, smallRepository } from '../test/hub/repository.ts'
import { BARE_ENVIRONMENT } from '../test/setup/bare-environment.ts'
import { benchOptions, progress, publish } from './lib/report.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'

const HELP = `\`musivum models pull\` from a hub on this machine: killed with SIGKILL at random moments until the file is there, and with
its connection reset after every 64 KiB. The folder of the weights is looked at every few milliseconds meanwhile.

  node bench/pull.ts [--kills N] [--mebibytes N] [--quick] [--json] [--gate]`

const options = benchOptions(HELP, { kills: 30, mebibytes: 24 })
const KILLS = options.quick ? 4 : options.kills
const SEED = 7
/** Of each of four connections: about two seconds for the file, four of which a kill falls into. */
const BYTES_PER_SECOND = 3 * 1024 * 1024
/** Moments are drawn by bytes, so that a busy machine is killed as often while it fetches; one in six by the clock. */
const KILL_WITHIN_SHARE = 1 / 3
const STARTING_SHARE = 1 / 6
const STARTING_MS = 600
const FINISHING_SHARE = 1 / 3
const FINISHING_MS = 100
/** Bytes come every few milliseconds until the last. */
const SILENT_MS = 30
const LOOK_MS = 4
/** A pull that takes longer has hung. */
const PATIENCE_MS = 120_000
const RESET_BYTES = 64 * 1024
/** So many show what is wrong; a command that cannot start at all would go on failing for ever. */
const MAX_FAILURES = 10

const draw = seededDraw(SEED)
const content = weightsOf(options.mebibytes * 1024 * 1024)
const repository = smallRepository('maker/bench', content, 'bench-F16.gguf')
const expected: ReadonlyMap<string, number> = new Map(
  Array.from(repository.files.values(), (file) => [`sha256-${sha256Of(file)}`, file.length] as const),
)
const hub = await startHub([repository])
using folder = temporaryFolder('pull')
let homes = 0

const counts = { kills: 0, pulls: 0, failures: 0, looks: 0, partialSeen: 0, wrongBlobs: 0 }
const moments = { beforeFirstByte: 0, fetching: 0, afterLastByte: 0 }

const oneGo = await sentByOnePull()
const twice = await killedPulls()
const resets = await resetPull()
await hub.close()

publish(
  {
    bench: 'pull',
    rows: [
      { what: 'kills at random moments', unit: '', measured: counts.kills, least: KILLS },
      { what: 'pulls that did not end well', unit: '', measured: counts.failures, bar: 0 },
      { what: 'blobs whose bytes are not their name', unit: '', measured: counts.wrongBlobs, bar: 0 },
      { what: 'looks that found a part under a final name', unit: '', measured: counts.partialSeen, bar: 0 },
      {
        what: 'bytes fetched twice, for each kill',
        unit: 'KiB',
        measured: twice / Math.max(1, counts.kills) / 1024,
      },
      { what: `connections reset after ${RESET_BYTES / 1024} KiB`, unit: '', measured: resets.connections },
      {
        what: 'bytes fetched twice, for each reset',
        unit: 'KiB',
        measured: resets.twice / resets.connections / 1024,
      },
      { what: 'peak memory of the process', unit: 'MiB', measured: resets.peakBytes / 1024 ** 2 },
    ],
    notes: [
      `${options.mebibytes} MiB, ${counts.pulls} pulls to their end, ${counts.looks} looks into the folder, seed ${SEED}`,
      `kills before the first byte ${moments.beforeFirstByte}, while fetching ${moments.fetching}, after the last byte ${moments.afterLastByte}`,
    ],
  },
  options,
)

/** Bytes that no compression shortens and no two places share, after a header that our reader accepts. */
function weightsOf(bytes: number): Buffer {
  const { header, fileBytes } = ggufHeaderBytes({
    metadata: [
      ['general.architecture', 'llama'],
      ['general.name', 'bench'],
    ],
    tensors: [{ name: 'output.weight', shape: [1_024, Math.ceil(bytes / 2_048)], type: 'F16' }],
  })
  const noise = createCipheriv('aes-256-ctr', Buffer.alloc(32, SEED), Buffer.alloc(16))
  return Buffer.concat([header, noise.update(Buffer.alloc(fileBytes - header.length))])
}

type Pull = {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  readonly said: () => string
}

function startPull(home: string): Pull {
  const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
  const words = ['models', 'pull', 'hf:maker/bench', '--accept-licence', '--home', home, '--json']
  const env = { ...BARE_ENVIRONMENT, HOME: home, HF_ENDPOINT: hub.url }
  const child = spawn(process.execPath, [main, ...words], {
    cwd: home,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr?.on('data', (part: Buffer) => (said = (said + part.toString()).slice(-4_000)))
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  return { child, ended, said: () => said }
}

function newHome(): string {
  homes += 1
  const home = join(folder.path, `home-${homes}`)
  mkdirSync(home)
  return home
}

async function sentByOnePull(): Promise<number> {
  const before = hub.sentBytes()
  await pullToTheEnd(newHome())
  return hub.sentBytes() - before
}

/** @returns bytes that went out more often than once */
async function killedPulls(): Promise<number> {
  hub.troubles.bytesPerSecond = BYTES_PER_SECOND
  let sent = 0
  while (counts.kills < KILLS && counts.failures < MAX_FAILURES) {
    const home = newHome()
    const before = hub.sentBytes()
    while (counts.kills < KILLS && (await killedOnce(home, before))) checkBlobs(home)
    await pullToTheEnd(home)
    sent += hub.sentBytes() - before - oneGo
    progress(`${counts.kills} kills, ${counts.pulls} pulls`)
  }
  delete hub.troubles.bytesPerSecond
  return sent
}

/** False when it came to its end before the moment. */
async function killedOnce(home: string, sentBefore: number): Promise<boolean> {
  const sent = hub.sentBytes()
  const pull = startPull(home)
  const watch = watched(home)
  const ended = await Promise.race([pull.ended.then(() => true), killMoment(pull, sentBefore)])
  if (ended !== true) pull.child.kill('SIGKILL')
  const code = await pull.ended
  watch.stop()
  if (code !== null && code !== 0) failed(pull, code)
  if (code === null) noteMoment(hub.sentBytes() - sent, hub.sentBytes() - sentBefore)
  return code === null
}

/** While it starts and asks; or when so many bytes more have come; or while it finishes, when nothing comes any more. */
async function killMoment(pull: Pull, sentBefore: number): Promise<void> {
  if (draw() < STARTING_SHARE) return sleep(draw() * STARTING_MS)
  const from = hub.sentBytes()
  const goal = from + draw() * KILL_WITHIN_SHARE * content.length
  const whole = Math.max(from + 1, sentBefore + content.length)
  // Else one that is almost there would be killed in its last moment every time.
  const finishingMs = draw() < FINISHING_SHARE ? draw() * FINISHING_MS : Infinity
  let [sent, newsMs] = [from, performance.now()]
  while (sent < goal && pull.child.exitCode === null) {
    await sleep(LOOK_MS)
    if (hub.sentBytes() > sent) [sent, newsMs] = [hub.sentBytes(), performance.now()]
    else if (sent >= whole && performance.now() - newsMs > SILENT_MS + finishingMs) return
  }
}

function noteMoment(sent: number, sentInAll: number): void {
  counts.kills += 1
  if (sent === 0) moments.beforeFirstByte += 1
  else if (sentInAll < content.length) moments.fetching += 1
  else moments.afterLastByte += 1
}

function failed(pull: Pull, code: number | null): void {
  counts.failures += 1
  progress(`a pull ended with ${code}: ${pull.said().trim()}`)
}

/** @returns the most memory it had */
async function pullToTheEnd(home: string): Promise<number> {
  const pull = startPull(home)
  const watch = watched(home, pull.child.pid)
  const code = await Promise.race([pull.ended, sleep(PATIENCE_MS, 'hung' as const, { ref: false })])
  watch.stop()
  counts.pulls += 1
  if (code === 'hung') pull.child.kill('SIGKILL')
  const blobs = checkBlobs(home)
  if (code !== 0 || blobs !== expected.size) failed(pull, code === 'hung' ? null : code)
  return watch.peakBytes()
}

/** Every blob read again. @returns how many there are */
function checkBlobs(home: string): number {
  const { blobs } = shelfOf(home)
  const names = namesIn(blobs)
  for (const name of names) {
    if (`sha256-${sha256Of(readFileSync(join(blobs, name)))}` !== name) counts.wrongBlobs += 1
  }
  return names.length
}

/** Looks at the final names as another program would that starts to read as soon as there is one. */
function watched(home: string, pid?: number) {
  const { blobs } = shelfOf(home)
  let peak = 0
  const timer = setInterval(() => {
    counts.looks += 1
    for (const name of namesIn(blobs)) {
      if (statSync(join(blobs, name)).size !== expected.get(name)) counts.partialSeen += 1
    }
    if (pid !== undefined) peak = Math.max(peak, peakOf(pid))
  }, LOOK_MS)
  return { stop: () => clearInterval(timer), peakBytes: () => peak }
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    // Before the first pull has made it.
    return []
  }
}

function peakOf(pid: number): number {
  try {
    const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kib ?? 0) * 1024
  } catch {
    // It has just ended, or this is no Linux: what was seen before counts.
    return 0
  }
}

async function resetPull() {
  hub.troubles.resetEvery = RESET_BYTES
  const [sent, asked] = [hub.sentBytes(), hub.requests.length]
  const peakBytes = await pullToTheEnd(newHome())
  const connections = hub.requests.slice(asked).filter(({ at }) => at === 'store').length
  return { connections, twice: hub.sentBytes() - sent - oneGo, peakBytes }
}
