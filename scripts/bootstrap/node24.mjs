import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.mjs'

const NEEDED_MAJOR = 24

/** The path of a Node that runs our TypeScript as it is: the machine's own if new enough, else the one we bring. */
export function node24() {
  const own = ownNodeIsEnough() && existsSync(process.execPath) ? process.execPath : undefined
  const found = own ?? bundledNode()
  if (found === undefined) throw new Error('there is no Node 24; ensureInstalled() brings it')
  return found
}

export function ownNodeIsEnough() {
  return Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR
}

/** @returns {string | undefined} */
export function bundledNode() {
  const bin = join(root, 'node_modules', 'node', 'bin')
  return [join(bin, 'node'), join(bin, 'node.exe')].find((path) => existsSync(path))
}

// Types are stripped from the source once and not at every start: 0.3 s and 45 MiB less from the second one on.
const COMPILE_CACHE = { NODE_COMPILE_CACHE: `${root}node_modules/.cache/compiled` }

/**
 * Runs Node 24 in our place: same terminal, same signals, same end. Resolves with the exit code; where the child was
 * ended by a signal, this process ends by the same one.
 *
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string }} [options]
 * @returns {Promise<number>}
 */
export function runNode24(args, options = {}) {
  const child = spawn(node24(), args, {
    stdio: 'inherit',
    env: { ...COMPILE_CACHE, ...process.env },
    ...options,
  })
  const stopForwarding = forwardSignals(child)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      stopForwarding()
      if (signal !== null) process.kill(process.pid, signal)
      resolve(code ?? 1)
    })
  })
}

/** @param {import('node:child_process').ChildProcess} child */
function forwardSignals(child) {
  const forward = oncePerSecond((signal) => child.kill(signal))
  // A terminal sends Ctrl-C to every process of its foreground group: the child has it already, and a second one would
  // tell a gateway that is finishing its answers to drop them.
  const onInterrupt = () => (process.stdin.isTTY ? undefined : forward('SIGINT'))
  const onTerminate = () => forward('SIGTERM')
  const onHangUp = () => forward('SIGHUP')
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate).on('SIGHUP', onHangUp)
  const orphanWatch = watchForOrphaning(() => child.kill('SIGTERM'))
  return () => {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate).off('SIGHUP', onHangUp)
    clearInterval(orphanWatch)
  }
}

/**
 * npm passes on a signal that its whole process group got as well, so one `kill` arrives here twice.
 *
 * @param {(signal: NodeJS.Signals) => void} act
 */
function oncePerSecond(act) {
  /** @type {Map<NodeJS.Signals, number>} */
  const lastMs = new Map()
  return (/** @type {NodeJS.Signals} */ signal) => {
    const nowMs = Date.now()
    if (nowMs - (lastMs.get(signal) ?? 0) < 1_000) return
    lastMs.set(signal, nowMs)
    act(signal)
  }
}

/**
 * The shell that npm puts between itself and us dies of a signal without passing it on, and outlives an npm that was
 * killed; a gateway would stay behind and keep the port. Only under npm: somebody who starts this script in the
 * background and closes their shell means it.
 *
 * @param {() => void} onOrphaned
 */
function watchForOrphaning(onOrphaned) {
  if (process.env['npm_lifecycle_event'] === undefined) return undefined
  const atStart = ancestors()
  return setInterval(() => {
    if (ancestors() !== atStart) onOrphaned()
  }, 500)
}

/** The process that started us and, where that is the shell of an npm script, the npm that started it. */
function ancestors() {
  const parent = process.ppid
  try {
    const isShell = /^[^\0]*sh\0-c\0/.test(readFileSync(`/proc/${parent}/cmdline`, 'utf8'))
    const stat = readFileSync(`/proc/${parent}/stat`, 'utf8')
    // "pid (name) state ppid": the name may hold anything, a parenthesis included.
    const grandparent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
    return isShell ? `${parent} of ${grandparent}` : `${parent}`
  } catch {
    // No /proc on this system: the parent alone has to do.
    return `${parent}`
  }
}
