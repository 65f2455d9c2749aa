import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { BARE_ENVIRONMENT } from '../../../test/setup/bare-environment.ts'

const GUARD = fileURLToPath(new URL('./orphan-guard.ts', import.meta.url))

test.skipIf(process.platform === 'win32')('a server does not outlive a gateway that was killed', async () => {
  const script = `
    import { spawn } from 'node:child_process'
    import { endWithUs } from ${JSON.stringify(GUARD)}
    const server = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
    endWithUs(server.pid)
    console.log(server.pid)
    setInterval(() => undefined, 1000)`
  const gateway = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: BARE_ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(gateway.stdout, 'data')) as [Buffer]
  const server = Number(line.toString())
  expect(isRunning(server)).toBe(true)
  gateway.kill('SIGKILL')
  await expect.poll(() => isRunning(server)).toBe(false)
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
