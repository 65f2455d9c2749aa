import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { join } from 'node:path'
import { startChild, type Child } from './lib/child.ts'
import { root } from './lib/gateway-process.ts'
import { benchOptions, progress, publish } from './lib/report.ts'
import { temporaryFolder } from './lib/temporary-folder.ts'

const HELP = `From \`git clone\` to the first answer, as a person with nothing but this repository gets there: install, start, and
the curl line as it is printed. What is not committed is not measured.

  node bench/fresh-clone.ts [--json] [--gate]`

const BAR_SECONDS = 120
const BAR_MB = 450
const GIVE_UP_MS = 10 * 60_000

const run = promisify(execFile)
const options = benchOptions(HELP)

using folder = temporaryFolder('clone')
const clone = join(folder.path, 'musivum')
progress('cloning')
const startedMs = performance.now()
await run('git', ['clone', '--quiet', root, clone])
const clonedMs = performance.now()

progress('npm start')
await using started = await npmStart()
const curl = await printedCommand(started)
const listeningMs = performance.now()
progress(curl)
const { stdout: answer } = await run('sh', ['-c', `${curl} --silent --show-error --fail-with-body`])
const answeredMs = performance.now()
const said = contentOf(answer)

const { stdout: usage } = await run('du', ['-s', '--block-size=1000000', join(clone, 'node_modules')])
const seconds = (fromMs: number, toMs: number): number => (toMs - fromMs) / 1000
publish(
  {
    bench: 'fresh-clone',
    rows: [
      { what: 'git clone', unit: 's', measured: seconds(startedMs, clonedMs) },
      {
        what: 'npm start to listening, install included',
        unit: 's',
        measured: seconds(clonedMs, listeningMs),
      },
      { what: 'the printed curl line to its answer', unit: 's', measured: seconds(listeningMs, answeredMs) },
      { what: 'all of it', unit: 's', measured: seconds(startedMs, answeredMs), bar: BAR_SECONDS },
      { what: 'node_modules', unit: 'MB', measured: Number(usage.split('\t')[0]), bar: BAR_MB },
    ],
    notes: [
      `${curl}`,
      `answered ${JSON.stringify(said)}.`,
      "One run, with npm's own cache as it is on this machine: a cold one adds the download.",
    ],
  },
  options,
)

function npmStart(): Promise<Child> {
  return startChild('npm', ['start', '--', '--port', '0', '--home', join(folder.path, 'home')], {
    cwd: clone,
    // npm sets these for what it starts; a fresh shell has none of them.
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'))),
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
}

/** The line that is printed for people to copy. */
function printedCommand({ process: child }: Child): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    const giveUp = setTimeout(
      () => reject(new Error(`no curl line in ${GIVE_UP_MS / 60_000} minutes`)),
      GIVE_UP_MS,
    )
    child.stdout?.on('data', (part: Buffer) => {
      output += part.toString()
      const line = /^\s*(curl .*)\n/m.exec(output)?.[1]
      if (line === undefined) return
      clearTimeout(giveUp)
      resolve(line)
    })
    child.once('exit', () => {
      clearTimeout(giveUp)
      reject(new Error(`npm start ended without a curl line: ${output.slice(-500)}`))
    })
  })
}

function contentOf(answer: string): string {
  const { choices } = JSON.parse(answer) as { choices: { message: { content: string } }[] }
  const content = choices[0]?.message.content
  if (content === undefined || content === '')
    throw new Error(`the answer says nothing: ${answer.slice(0, 300)}`)
  return content
}
