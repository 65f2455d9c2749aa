import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { realpathSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MusivumError } from '../../core/errors.ts'
import type { Language } from './code-in-answer.ts'
import { confinements } from './confinement.ts'
import { runTests, type TestRun } from './run-tests.ts'

/**
 * The first confinement of this machine that holds: a program of ours is run in it and must neither read a file of ours
 * nor write one, nor connect to a port of ours, nor make itself a new user, nor start more processes than it may. Rejects with one line
 * about what to install when none does; code of a model is never run without.
 */
export async function findConfinement(run: Omit<TestRun, 'confinement'>): Promise<TestRun> {
  const candidates = confinements(process.platform, process.getuid?.())
  for (const confinement of candidates)
    if (await holds({ ...run, confinement, bare: true })) return { ...run, confinement }
  throw new MusivumError('request.unsupported', `scorer code: ${ADVICE[process.platform] ?? NO_WAY}`)
}

const NO_WAY = 'code of a model cannot be confined on this operating system; use Linux or macOS'
const ADVICE: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux:
    'code of a model cannot be confined on this machine; install bubblewrap, or allow user namespaces (unshare, setpriv and prlimit of util-linux)',
  darwin: 'code of a model cannot be confined on this machine; sandbox-exec does not work here',
}

async function holds(run: TestRun): Promise<boolean> {
  const folder = await mkdtemp(join(realpathSync(tmpdir()), 'musivum-probe-'))
  const server = createServer((socket) => socket.destroy())
  try {
    const port = await listening(server)
    const secret = join(folder, 'secret')
    await writeFile(secret, 'kept')
    const verdict = await runTests(
      { ...run, limits: { ...run.limits, ...PROBE } },
      '',
      ATTEMPTS[run.language](secret, port, run),
      new AbortController().signal,
    )
    return verdict.passed && (await readFile(secret, 'utf8')) === 'kept'
  } catch {
    // A tool that is missing, a kernel that says no, a program that never began: whichever, this one does not hold.
    return false
  } finally {
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Not those of the settings: a task that allows a second must not make a busy machine look unsafe. */
const PROBE = { seconds: 30, memoryMb: 512, outputBytes: 65_536 }

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(address === null || typeof address === 'string' ? 0 : address.port)
    })
  })
}

type Attempts = (secret: string, port: number, run: TestRun) => string

/** Tests that pass only where each attempt fails. */
const ATTEMPTS: Readonly<Record<Language, Attempts>> = {
  python: (secret, port, { limits }) => `
import os, socket, subprocess, threading
def fails(attempt):
    try:
        attempt()
    except (OSError, RuntimeError, subprocess.SubprocessError):
        return True
    return False
secret = ${JSON.stringify(secret)}
assert fails(lambda: open(secret).read())
assert fails(lambda: open(secret, 'w'))
assert fails(lambda: open('/usr/musivum', 'w'))
assert fails(lambda: os.listdir('/home/') + os.listdir('/var/'))
assert fails(lambda: socket.create_connection(('127.0.0.1', ${port}), 5))
assert fails(lambda: subprocess.run(['unshare', '--user', 'true'], check=True, stderr=subprocess.DEVNULL))
def many():
    for _ in range(${limits.processes} + 1):
        process = os.fork()
        if process == 0:
            threading.Event().wait()
assert fails(many)
open('mine', 'w').write('mine')
`,
  javascript: (secret, port) => `
const fs = require('node:fs')
const secret = ${JSON.stringify(secret)}
assert.throws(() => fs.readFileSync(secret))
assert.throws(() => fs.writeFileSync(secret, ''))
assert.throws(() => fs.writeFileSync('/usr/musivum', ''))
assert.notEqual(require('node:child_process').spawnSync('unshare', ['--user', 'true']).status, 0)
const socket = require('node:net').connect(${port}, '127.0.0.1')
socket.on('connect', () => { throw new Error('connected') })
socket.on('error', () => {})
fs.writeFileSync('mine', 'mine')
`,
}
