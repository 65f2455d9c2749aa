import { readFileSync } from 'node:fs'
import { access, constants, statfs } from 'node:fs/promises'
import { arch, cpus, platform, totalmem } from 'node:os'
import { dirname } from 'node:path'
import { readThreadFacts, usableThreads } from '../../engines/llama/threads.ts'
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
  const facts = readThreadFacts()
  const threads = usableThreads(facts)
  const model = cpus()[0]?.model.trim() ?? 'an unknown processor'
  const limits = [
    ...(facts.quota === undefined ? [] : [`a quota of ${facts.quota.toFixed(1)}`]),
    ...(facts.allowed === undefined
      ? []
      : [`${facts.allowed.length} of ${cpus().length} processors allowed`]),
  ]
  const features = processorFeatures()
  const says = [
    `${model}: ${threads} ${threads === 1 ? 'thread' : 'threads'} worth using`,
    ...limits,
    ...(features.length > 0 ? [features.join(' ')] : []),
  ].join(', ')
  if (arch() !== 'x64' || features.length === 0 || features.includes('avx2')) return ok('processor', says)
  return warn('processor', says, 'without AVX2 models run several times slower; small models still work')
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
  const available = process.availableMemory()
  // A control group without a limit reports a number beyond all memory.
  const limit = process.constrainedMemory()
  const total = limit > 0 && limit < totalmem() ? limit : totalmem()
  const says = `${bytes(available)} free of ${bytes(total)}${total < totalmem() ? ' (limit of the control group)' : ''}`
  if (available >= GIB) return ok('memory', says)
  return warn(
    'memory',
    says,
    'models need their file size and a little more; close programs or take smaller weights',
  )
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
  return [ok('home', `${made} and can be written`), await checkDisk(existing)]
}

async function checkDisk(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const says = `${bytes(free)} free for logs and the engine`
  return free >= GIB
    ? ok('disk', says)
    : warn('disk', says, 'free some space, or move the home folder with --home')
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
