import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { node24 } from './node24.mjs'

const module = JSON.stringify(new URL('./node24.mjs', import.meta.url).href)

/** A process that runs `code` through runNode24, as `npm start` runs the gateway. */
function launch(code: string): ChildProcess {
  const script = `const { runNode24 } = await import(${module}); process.exitCode = await runNode24(['-e', ${JSON.stringify(code)}])`
  const env = { ...process.env }
  delete env['npm_lifecycle_event']
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  })
}

test('the Node it names runs TypeScript as it is', async () => {
  const child = spawn(node24(), ['-p', 'process.versions.node'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [version] = (await once(child.stdout, 'data')) as [Buffer]
  expect(Number.parseInt(String(version), 10)).toBeGreaterThanOrEqual(24)
})

test('output and exit code of the child are its own', async () => {
  const child = launch("console.log('from the child'); process.exit(7)")
  const output = (await once(child.stdout ?? child, 'data')) as [Buffer]
  const [code] = (await once(child, 'exit')) as [number]
  expect([String(output[0]), code]).toEqual(['from the child\n', 7])
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s reaches the child, once', async (signal) => {
  const child = launch(`
    let count = 0
    process.on('${signal}', () => {
      count += 1
      setTimeout(() => { console.log('signals: ' + count); process.exit(0) }, 100)
    })
    setInterval(() => {}, 1000)
    console.log('ready')`)
  const stdout = child.stdout ?? child
  await once(stdout, 'data')
  child.kill(signal)
  const [line] = (await once(stdout, 'data')) as [Buffer]
  const [code] = (await once(child, 'exit')) as [number]
  expect([String(line), code]).toEqual(['signals: 1\n', 0])
})

test('a child that was ended by a signal ends its parent by the same', async () => {
  const child = launch("process.kill(process.pid, 'SIGKILL')")
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  expect([code, signal]).toEqual([null, 'SIGKILL'])
})

test('a child does not outlive the npm that was killed', async () => {
  const script = `const { runNode24 } = await import(${module}); await runNode24(['-e', 'console.log(process.pid); setInterval(() => {}, 1000)'])`
  const asNpmDoes = `
    const { spawn } = require('node:child_process')
    const quoted = "'" + process.execPath + "' --input-type=module -e '" + ${JSON.stringify(script)}.replaceAll("'", "'\\\\''") + "'; true"
    spawn('sh', ['-c', quoted], { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, npm_lifecycle_event: 'start' } })`
  const npm = spawn(process.execPath, ['-e', asNpmDoes], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [pid] = (await once(npm.stdout, 'data')) as [Buffer]
  npm.kill('SIGKILL')
  // The pipe ends when the last process that holds it has ended: the shell, the launcher and its child.
  await once(npm.stdout.resume(), 'end')
  expect(() => process.kill(Number(String(pid)), 0)).toThrow('ESRCH')
})
