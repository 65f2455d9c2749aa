import { spawn } from 'node:child_process'

/**
 * Runs npm quietly and gives back what it said. `--loglevel=error` keeps the engine warnings away that npm prints for
 * every development dependency on a machine whose own Node is older than the one we bring.
 *
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export function npm(args, cwd) {
  const { command, before } = npmCommand()
  return new Promise((resolve) => {
    const child = spawn(command, [...before, ...args, '--loglevel=error'], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    })
    let output = ''
    const keep = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk.toString()).slice(-MAX_OUTPUT_CHARS)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) =>
      resolve({ ok: false, output: `npm could not be started: ${error.message}\n` }),
    )
    child.on('close', (code) => resolve({ ok: code === 0, output }))
  })
}

// npm's own words about a failure fit 2 KB; the rest is room for the output of an install script.
const MAX_OUTPUT_CHARS = 64 * 1024

/**
 * The npm that started us where there is one, on the machine's own Node: ours lives in node_modules, which an
 * install replaces under its feet.
 */
function npmCommand() {
  const { npm_execpath: script, npm_node_execpath: node } = process.env
  if (script?.endsWith('.js') && node) return { command: node, before: [script] }
  return { command: 'npm', before: [] }
}
