#!/usr/bin/env node
import { type MusivumError, toMusivumError } from '../core/errors.ts'
import { EXIT } from './command.ts'
import { commands, findCommand } from './commands.ts'
import { commandHelp, programHelp } from './help.ts'
import { hasSwitch, parseArguments } from './parse-arguments.ts'
import { processTerminal, type Terminal } from './terminal.ts'

/** Runs one command line, without the program's name. Resolves with the exit code. */
async function main(words: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await run(words, terminal)
  } catch (thrown) {
    if (terminal.signal.aborted) return EXIT.interrupted
    return failed(toMusivumError(thrown), words, terminal)
  }
}

async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const [first] = words
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
    // Called without a command it has done nothing, and a script should notice.
    if (first === undefined) terminal.note(programHelp(commands))
    else terminal.write(`${programHelp(commands)}\n`)
    return first === undefined ? EXIT.trouble : EXIT.ok
  }
  if (first === '--version' || first === '-v') {
    const { packageVersion } = await import('../gateway/package-files.ts')
    terminal.write(`${packageVersion}\n`)
    return EXIT.ok
  }
  const entry = findCommand(words)
  const command = await entry.load()
  const args = parseArguments(command, words.slice(entry.name.split(' ').length))
  if (hasSwitch(args, 'help')) {
    terminal.write(`${commandHelp(command)}\n`)
    return EXIT.ok
  }
  return command.run(args, terminal)
}

function failed(error: MusivumError, words: readonly string[], terminal: Terminal): number {
  terminal.note(`musivum: ${error.message}`, 'red')
  // A mistake of ours: the place in our code is what helps, and it holds nothing of the user.
  if (error.code === 'internal' && error.cause instanceof Error) terminal.note(error.cause.stack ?? '', 'dim')
  if (words.includes('--json')) {
    terminal.write(`${JSON.stringify({ error: { code: error.code, message: error.message } })}\n`)
  }
  return EXIT.trouble
}

const NODE_MAJOR = 24

// npm passes a Ctrl-C on to a process that the terminal has already told, so one press can arrive twice.
const SAME_PRESS_MS = 300

async function start(): Promise<void> {
  if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR) {
    process.stderr.write(`musivum: needs Node.js ${NODE_MAJOR} or newer, this is ${process.versions.node}\n`)
    process.exitCode = EXIT.trouble
    return
  }
  const stop = new AbortController()
  let firstMs = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted) {
        firstMs = performance.now()
        stop.abort(signal)
      } else if (performance.now() - firstMs > SAME_PRESS_MS) {
        // The second one means it: whatever is still being finished is left.
        process.exit(EXIT.interrupted)
      }
    })
  }
  let readerGone = false
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // EIO is what a terminal that was closed says instead.
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
      readerGone = true
      stop.abort(error.code)
    })
  }
  const code = await main(process.argv.slice(2), processTerminal(stop.signal))
  // `| head` has what it wanted.
  process.exitCode = readerGone ? EXIT.ok : code
}

await start()
