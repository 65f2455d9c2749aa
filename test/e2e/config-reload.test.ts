import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StateView } from '../../src/gateway/admin/contract.ts'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { doubled, startTestGateway, user, type TestGateway } from './running-gateway.ts'

let upstream: Upstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startUpstream({ delayMs: 100 })
  gateway = await startTestGateway({ models: { before: doubled(upstream.url, 'plain') } })
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

async function statusOf(model: string): Promise<number> {
  const response = await gateway.chat({ model, messages: user('Hello') })
  await response.text()
  return response.status
}

test('a saved file is in force without a restart, and streams that run keep what they began with', async () => {
  const running = await gateway.chat({ model: 'before', messages: user('Hello'), stream: true })
  gateway.writeConfig({ models: { after: doubled(upstream.url, 'plain') } })
  await expect.poll(() => statusOf('after')).toBe(200)
  expect(await statusOf('before')).toBe(404)
  expect(await running.text()).toMatch(/data: \[DONE\]\n\n$/)
})

test('a typo keeps the snapshot before it, and is said with file, line and the nearest key', async () => {
  const { config: good } = await gateway.ask<StateView>('/api/state')
  gateway.writeConfig({ models: { typo: { engine: 'openai', base_ur: upstream.url, model: 'plain' } } })
  const problem = /musivum\.yaml:5: models\.typo\.base_ur: unknown key; did you mean base_url\?/
  await expect.poll(async () => (await gateway.ask<StateView>('/api/state')).config.problem).toMatch(problem)

  const { config } = await gateway.ask<StateView>('/api/state')
  expect(config.version).toBe(good.version)
  const ready = await fetch(`${gateway.origin}/readyz`)
  expect(ready.status).toBe(200)
  expect(await ready.json()).toMatchObject({ status: 'ready', config: { problem: config.problem } })
  expect(gateway.lines.filter((line) => problem.test(line))).toHaveLength(1)
  expect(gateway.lines.join()).toContain('the configuration before it stays in force')
  expect(await statusOf('after')).toBe(200)
  expect(await statusOf('typo')).toBe(404)
})

test('a key pasted into the file is refused without being repeated', async () => {
  const pasted = 'sk-pasted-0123456789abcdefghij'
  gateway.writeConfig({ models: { after: doubled(upstream.url, 'plain', { key: pasted }) } })
  await expect
    .poll(async () => (await gateway.ask<StateView>('/api/state')).config.problem)
    .toContain('models.after.key: expected `env:NAME`')
  expect(JSON.stringify(await gateway.ask('/api/state'))).not.toContain(pasted)
  expect(gateway.lines.join()).not.toContain(pasted)
})

test('a file put right is in force again, and the problem is gone', async () => {
  gateway.writeConfig({ models: { right: doubled(upstream.url, 'plain') } })
  await expect.poll(() => statusOf('right')).toBe(200)
  expect((await gateway.ask<StateView>('/api/state')).config.problem).toBeNull()
})
