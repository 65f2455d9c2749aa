import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { builtServer, sourceBundle } from './lib/llama-server-binary.ts'
import { progress } from './lib/report.ts'
import { startChild } from './lib/child.ts'

const HELP = `Builds llama-server from the source of llama.cpp that comes inside node-llama-cpp, without a network: the peer that
llama-throughput.ts runs beside us. It wants git, cmake and a C++17 compiler (Debian: \`apt-get install git cmake g++\`), 1 GB of
disk, and some 20 minutes of two idle cores; on a busy machine hours. What was built stays, so that it can be stopped and
started again.

  node bench/llama-server-build.ts [--bundle FILE] [--into FOLDER] [--jobs N] [--configure-only]

  --bundle FILE      the source, where npm's install has left it out: \`gitRelease.bundle\` of the package node-llama-cpp
  --into FOLDER      where it is built and stays; default node_modules/.cache/llama-server, where the benchmarks look for it
  --jobs N           compilers at the same time; default one for each core
  --configure-only   stops before the first file is compiled

The last line on standard output is the program.`

const { values } = parseArgs({
  options: {
    bundle: { type: 'string' },
    into: { type: 'string' },
    jobs: { type: 'string' },
    'configure-only': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** Only the server, for this processor, and nothing it would fetch while it is built. */
const SETTINGS = [
  'CMAKE_BUILD_TYPE=Release',
  'CMAKE_C_FLAGS_RELEASE=-O2 -DNDEBUG',
  'CMAKE_CXX_FLAGS_RELEASE=-O2 -DNDEBUG',
  'BUILD_SHARED_LIBS=OFF',
  'GGML_NATIVE=ON',
  'GGML_CCACHE=OFF',
  'LLAMA_BUILD_TESTS=OFF',
  'LLAMA_BUILD_EXAMPLES=OFF',
  'LLAMA_BUILD_APP=OFF',
  'LLAMA_BUILD_UI=OFF',
  'LLAMA_USE_PREBUILT_UI=OFF',
  'LLAMA_OPENSSL=OFF',
  'LLAMA_CURL=OFF',
]

if (values.help) process.stdout.write(`${HELP}\n`)
else await build()

async function build(): Promise<void> {
  const missing = ['git', 'cmake', 'c++'].filter((program) => !canRun(program))
  if (missing.length > 0)
    return fail(`there is no ${missing.join(', no ')}; on Debian: apt-get install git cmake g++`)
  const bundle = values.bundle === undefined ? sourceBundle() : resolve(values.bundle)
  if (bundle === undefined || !existsSync(bundle)) {
    return fail(
      'the source is not there: npm pack node-llama-cpp@3.22.1, and give llama/gitRelease.bundle of it as --bundle',
    )
  }
  const server = builtServer(values.into)
  if (!existsSync(join(server.source, 'CMakeLists.txt'))) {
    progress('unpacking the source')
    await run('git', ['clone', '--quiet', bundle, server.source])
  }
  progress('configuring')
  await run('cmake', ['-S', server.source, '-B', server.build, ...SETTINGS.map((setting) => `-D${setting}`)])
  if (values['configure-only']) return
  const startedMs = performance.now()
  const jobs = values.jobs ?? String(availableParallelism())
  progress(`compiling with ${jobs} at a time`)
  await run('cmake', ['--build', server.build, '--target', 'llama-server', '-j', jobs])
  progress(`built in ${((performance.now() - startedMs) / 60_000).toFixed(0)} minutes`)
  process.stdout.write(`${server.program}\n`)
}

/** The neighbours of a build that takes so long come first. */
async function run(command: string, args: readonly string[]): Promise<void> {
  const nice = process.platform === 'win32' ? [] : ['nice', '-n', '19']
  const [program = command, ...more] = [...nice, command, ...args]
  const child = await startChild(program, more, { stdio: ['ignore', 2, 2], detached: true })
  const code = await new Promise<number | null>((done) => child.process.once('exit', done))
  if (code !== 0) throw new Error(`${command} ended with ${code ?? 'a signal'}`)
}

function canRun(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function fail(line: string): void {
  process.stderr.write(`llama-server-build: ${line}\n`)
  process.exitCode = 2
}
