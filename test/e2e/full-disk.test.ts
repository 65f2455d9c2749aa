import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { RequestPage, StateView } from '../../src/gateway/admin/contract.ts'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { doubled, user } from './running-gateway.ts'

/** The real command under a limit on the size of its files, which fails a write as a full disk does. */
const FILE_LIMIT_KIB = 512
const KEY = 'sk-full-0123456789abcdefghij'
const REQUESTS = 1500

let upstream: Upstream
let home = ''
let gateway: ChildProcess
let origin = ''
let output = ''

beforeAll(async () => {
  upstream = await startUpstream()
  home = mkdtempSync(join(tmpdir(), 'musivum-full-'))
  const config = join(home, 'musivum.yaml')
  writeFileSync(
    config,
    stringify({ discover: false, models: { vendor: doubled(upstream.url, 'plain', { key: 'env:KEY' }) } }),
  )
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
  const up = `ulimit -f ${FILE_LIMIT_KIB * 2}; exec "$0" "$1" up --port 0 --home "$2" --config "$3" --json`
  gateway = spawn('sh', ['-c', up, process.execPath, main, home, config], { env: { ...process.env, KEY } })
  gateway.stderr?.on('data', (part: Buffer) => (output += part.toString()))
  origin = await listening(gateway)
})
afterAll(async () => {
  const exited = once(gateway, 'exit')
  gateway.kill('SIGTERM')
  await exited
  await upstream.close()
  rmSync(home, { recursive: true, force: true })
})

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout?.on('data', (part: Buffer) => {
      output += part.toString()
      said += part.toString()
      if (said.endsWith('\n')) resolve((JSON.parse(said) as { url: string }).url)
    })
    child.once('exit', () => reject(new Error(`musivum up ended: ${output}`)))
  })
}

async function ask<View>(path: string): Promise<View> {
  return (await (await fetch(origin + path)).json()) as View
}

test('a disk that takes no more rows costs rows, counted and said, and never an answer', async () => {
  const statuses = new Set<number>()
  const send = async () => {
    const body = JSON.stringify({ model: 'vendor', messages: user('Hello') })
    const response = await fetch(`${origin}/v1/chat/completions`, { method: 'POST', body })
    await response.text()
    statuses.add(response.status)
  }
  // One row on disk before the flood: a batch is written whole or not at all, and the first could be too large.
  await send()
  expect((await ask<RequestPage>('/api/requests')).rows).toHaveLength(1)
  for (let sent = 0; sent < REQUESTS; sent += 50) await Promise.all(Array.from({ length: 50 }, send))
  expect(statuses).toEqual(new Set([200]))
  await expect
    .poll(async () => (await ask<StateView>('/api/state')).store.problem)
    .toMatch(/the request log loses rows/)
  const { store } = await ask<StateView>('/api/state')
  expect(store.droppedRows).toBeGreaterThan(0)
  // Said when it begins, not for every row: near the limit a small batch may still fit, and then it begins again.
  const begun = output.match(/the request log loses rows/g)?.length ?? 0
  const over = output.match(/the request log is written again/g)?.length ?? 0
  expect(begun).toBe(over + 1)
  expect(begun).toBeLessThan(store.droppedRows)
  expect((await ask<RequestPage>('/api/requests')).rows.length).toBeGreaterThan(0)
})

test('and the key is in nothing that the command wrote', () => {
  expect(output).not.toContain(KEY)
})
