import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { node24, root } from '../scripts/bootstrap.mjs'

// As a stranger meets us: the tarball, an empty folder, and a home that has never seen us. The embedded engine, 85 MB,
// is brought by the first `ask`; on two busy cores all of it stays under three minutes.
const PATIENCE_MS = 180_000

const run = promisify(execFile)
let folder: string
let home: string
let tarball: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-pack-'))
  home = mkdtempSync(join(tmpdir(), 'musivum-home-'))
  await npm(['pack', '--silent', '--pack-destination', folder], root)
  const [name] = readdirSync(folder)
  tarball = join(folder, name ?? 'no tarball was made')
  await npm(['install', '--prefix', folder, '--no-audit', '--no-fund', tarball], folder)
}, PATIENCE_MS)

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  rmSync(home, { recursive: true, force: true })
})

test('the tarball holds what it takes to run and nothing else', () => {
  const files = readdirSync(join(folder, 'node_modules', 'musivum'), { recursive: true, encoding: 'utf8' })
  expect(files).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'dist/cli/main.js',
      'dist/index.d.ts',
      'dist/console/index.html',
      'models/starter/starter-l-q8_0.gguf',
      'schema/musivum.schema.json',
    ]),
  )
  expect(files.filter((file) => /\.test\.|\.conformance\.|(^|\/)(src|test|scripts)\//.test(file))).toEqual([])
})

test('package.json says about the package what other tools need to know', async () => {
  const packed = readFileSync(tarball)
  const archive = packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.byteLength)
  const { messages, pkg } = await publint({ pack: { tarball: archive as ArrayBuffer }, strict: true })
  expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([])
})

test('the library can be imported', async () => {
  const code =
    "import('musivum').then(({ errors, startGateway }) => console.log(typeof startGateway, typeof errors))"
  const { stdout } = await run(node24(), ['--input-type=module', '-e', code], { cwd: folder })
  expect(stdout).toBe('function object\n')
})

test('`musivum doctor` says what this machine can do', { timeout: PATIENCE_MS }, async () => {
  const { stdout } = await musivum(['doctor', '--json'])
  expect(JSON.parse(stdout)).toMatchObject({ healthy: true })
})

test('`musivum ask` brings the embedded engine and answers', { timeout: PATIENCE_MS }, async () => {
  const { stdout } = await musivum(['ask', '--model', 'starter-l', 'Triage: where do I go for a urine test?'])
  expect(stdout.trim()).toBe('laboratory')
})

function musivum(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return npm(['exec', '--offline', '--no', '--', 'musivum', ...args], folder)
}

/** npm as a user has it, in front of a Node that is new enough, and without what our own npm run left behind. */
function npm(args: readonly string[], cwd: string): Promise<{ stdout: string; stderr: string }> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^npm_|^musivum_|^vitest|^node_env$/i.test(name),
  )
  const path = [dirname(node24()), process.env['PATH'] ?? ''].join(delimiter)
  // A free port: whatever else listens on this machine must not make `doctor` find fault with it.
  const env = {
    ...Object.fromEntries(kept),
    PATH: path,
    MUSIVUM_HOME: home,
    MUSIVUM_PORT: '0',
    NO_COLOR: '1',
  }
  return run('npm', args, { cwd, env, timeout: PATIENCE_MS, maxBuffer: 16 * 1024 * 1024 })
}
