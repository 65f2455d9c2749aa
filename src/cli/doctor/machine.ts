import { readFileSync } from 'node:fs'
import { access, constants, statfs } from 'node:fs/promises'
import { arch, cpus, platform, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { toMusivumError } from '../../core/errors.ts'
import { freeMemory } from '../../engines/llama/free-memory.ts'
import { readShelf } from '../../weights/read-shelf.ts'
import { shelfOf } from '../../weights/shelf.ts'
import { bytes } from '../quantities.ts'
import { ok, problem, warn, type Finding } from './finding.ts'

const GIB = 1024 ** 3

export function checkNode(version: string = process.versions.node): Finding {
  if (Number.parseInt(version, 10) >= 24) return ok('node', `Node.js ${version}`)
  return problem('node', `Node.js ${version}`, 'Musivum needs Node.js 24 or newer')
}

export function checkPlatform(): Finding {
  const name = `${platform()} ${arch()}`
  if (platform() !== 'linux') return ok('platform', name)
  const glibc = glibcVersion()
  if (glibc !== undefined) return ok('platform', `${name}, glibc ${glibc}`)
  const next =
    'the embedded engine has no build for musl; use a server such as llama-server, or a glibc system'
  return warn('platform', `${name}, no glibc`, next)
}

function glibcVersion(): string | undefined {
  // Without this the report asks the network for the names of our own addresses, which can take seconds.
  Object.assign(process.report, { excludeNetwork: true })
  const report: unknown = process.report.getReport()
  if (typeof report !== 'object' || report === null || !('header' in report)) return undefined
  const { header } = report
  if (typeof header !== 'object' || header === null || !('glibcVersionRuntime' in header)) return undefined
  return String(header.glibcVersionRuntime)
}

export function checkProcessor(): Finding {
  const model = cpus()[0]?.model.trim() ?? 'an unknown processor'
  const features = processorFeatures()
  const says = features.length > 0 ? `${model}: ${features.join(' ')}` : model
  const facts = { model, features: [...features] }
  if (arch() !== 'x64' || features.length === 0 || features.includes('avx2'))
    return ok('processor', says, facts)
  const next = 'without AVX2 models run several times slower; small models still work'
  return warn('processor', says, next, facts)
}

// What the engine's kernels are chosen by.
const FEATURES = [
  'avx',
  'avx2',
  'avx512f',
  'avx512_vnni',
  'fma',
  'f16c',
  'amx_int8',
  'asimd',
  'asimddp',
  'i8mm',
  'sve',
]

function processorFeatures(): readonly string[] {
  let text: string
  try {
    text = readFileSync('/proc/cpuinfo', 'utf8')
  } catch {
    // Not Linux: the features are not known, and nothing is concluded from that.
    return []
  }
  const flags = new Set(/^(?:flags|Features)\s*:\s*(.+)$/m.exec(text)?.[1]?.split(' '))
  return FEATURES.filter((feature) => flags.has(feature))
}

export function checkMemory(): Finding {
  const available = freeMemory()
  // A control group without a limit reports a number beyond all memory.
  const limit = process.constrainedMemory()
  const total = limit > 0 && limit < totalmem() ? limit : totalmem()
  const says = `${bytes(available)} free of ${bytes(total)}${total < totalmem() ? ' (limit of the control group)' : ''}`
  const facts = { free_bytes: available, total_bytes: total }
  if (available >= GIB) return ok('memory', says, facts)
  const next = 'models need their file size and a little more; close programs or take smaller weights'
  return warn('memory', says, next, facts)
}

/** The home folder as it is, or the place where it will be made. */
export async function checkHome(home: string): Promise<readonly Finding[]> {
  const existing = await nearestExisting(home)
  const made = existing === home ? 'exists' : 'will be made'
  try {
    await access(existing, constants.W_OK | constants.X_OK)
  } catch {
    // Whatever the reason is, the advice is the same.
    const next =
      'the request log is then kept in memory only; give another folder with --home or MUSIVUM_HOME'
    return [problem('home', 'the home folder cannot be written', next)]
  }
  return [ok('home', `${made} and can be written`), await checkDisk(existing), await checkShelf(home)]
}

async function checkDisk(folder: string): Promise<Finding> {
  const free = await freeBytes(folder)
  const says = `${bytes(free)} free for logs and the engine`
  return free >= GIB
    ? ok('disk', says, { free_bytes: free })
    : warn('disk', says, 'free some space, or move the home folder with --home', { free_bytes: free })
}

/** Weights that were pulled, and the room for more where they lie: often a disk of its own. */
async function checkShelf(home: string): Promise<Finding> {
  const shelf = shelfOf(home)
  const free = await freeDisk(home)
  try {
    const { manifests, problems } = readShelf(shelf)
    const held = manifests.flatMap(({ files }) => files).reduce((sum, file) => sum + file.bytes, 0)
    const facts = { models: manifests.length, held_bytes: held, free_bytes: free }
    const room = `${bytes(free)} free for weights`
    const says =
      manifests.length === 0 ? `empty, ${room}` : `${manifests.length} pulled, ${bytes(held)}; ${room}`
    const [first] = problems
    if (first === undefined) return ok('shelf', says, facts)
    return warn('shelf', `${says}; ${problems.length} cannot be used`, first.line, facts)
  } catch (thrown) {
    return problem('shelf', toMusivumError(thrown).message, 'give another folder with --home or MUSIVUM_HOME')
  }
}

/** Bytes that may still be written where weights are kept. */
export async function freeDisk(home: string): Promise<number> {
  return freeBytes(await nearestExisting(shelfOf(home).root))
}

/** 0 where nobody can say: nothing is promised then. */
async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  } catch {
    // Some network file systems refuse to count; the check that reads this warns about too little room.
    return 0
  }
}

async function nearestExisting(folder: string): Promise<string> {
  try {
    await access(folder)
    return folder
  } catch {
    // Not there (yet): the folder above decides whether it can be made.
    const above = dirname(folder)
    return above === folder ? folder : nearestExisting(above)
  }
}
