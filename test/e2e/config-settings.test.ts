import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { uuidV7Ids } from '../../src/core/ids.ts'
import { configSchema, knownKeys } from '../../src/gateway/config/schema.ts'
import { startGateway, type RunningGateway } from '../../src/gateway/gateway.ts'
import { systemRandom } from '../../src/gateway/system-ports.ts'
import { openContentLog } from '../../src/store/content-log/open-content-log.ts'
import { openLogForWriting } from '../../src/store/log-file.ts'
import { logWriter } from '../../src/store/log-writer.ts'
import { toValues } from '../../src/store/request-row.ts'
import { openPurposeKeys } from '../../src/store/scope-key.ts'
import { row } from '../../src/store/store.conformance.ts'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { doubled, user, type Config } from './running-gateway.ts'

const DAY_MS = 86_400_000
const ROWS = 1_200
const PATIENCE = { timeout: 20_000, interval: 50 }

let upstream: Upstream
let gateway: RunningGateway
let home: string
const lines: string[] = []
/** What the file says before each change. */
const base = (): Config => ({
  discover: false,
  listen: { host: '127.0.0.1', port: 0 },
  models: { plain: doubled(upstream.url, 'plain') },
})
/** Ids of requests of three days ago, oldest first; content was logged of the newest. */
const old: string[] = []

beforeAll(async () => {
  upstream = await startUpstream()
  home = mkdtempSync(join(tmpdir(), 'musivum-settings-'))
  await logOldRequests()
  writeConfig(base())
  gateway = await startGateway({
    home,
    configFile: join(home, 'musivum.yaml'),
    env: {},
    cwd: home,
    log: (line) => lines.push(line),
  })
})
afterAll(async () => {
  await gateway.close(0)
  await upstream.close()
  rmSync(home, { recursive: true, force: true })
})

async function logOldRequests(): Promise<void> {
  const random = systemRandom()
  const atMs = Date.now() - 3 * DAY_MS
  const ids = uuidV7Ids({ now: () => atMs, monotonic: () => 0 }, random)
  mkdirSync(join(home, 'data'), { recursive: true })
  const database = openLogForWriting(join(home, 'data', 'logs.db'), atMs)
  for (let count = 0; count < ROWS; count += 1) old.push(ids.next())
  logWriter(database).write(old.map((id) => toValues(row({ id, atMs }))))
  database.close()
  const keyFor = openPurposeKeys({ home, env: {}, random })
  const contentLog = openContentLog({
    home,
    key: () => keyFor('content log'),
    firstKept: () => Promise.resolve(null),
    log: (line) => lines.push(line),
  })
  const prompt = { kind: 'prompt', atMs, model: 'plain', operation: 'chat', content: {} } as const
  for (const id of [old[0] ?? '', old.at(-1) ?? '']) await contentLog.write(id, prompt)
  contentLog.close()
}

function writeConfig(config: Config): void {
  writeFileSync(join(home, 'musivum.yaml'), stringify(config))
}

function change(more: Config): void {
  lines.length = 0
  writeConfig({ ...base(), ...more })
}

async function statusOf(model: string, text = 'Hello'): Promise<number> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: user(text) }),
  })
  await response.text()
  return response.status
}

async function statusAt(path: string): Promise<number> {
  const response = await fetch(gateway.url + path)
  await response.text()
  return response.status
}

async function memoryLimit(): Promise<unknown> {
  const view = (await (await fetch(`${gateway.url}/api/local-models`)).json()) as {
    readonly memory: { readonly limitBytes: number | null }
  }
  return view.memory.limitBytes
}

const said = () => lines.join('\n')
const contentOf = (id: string | undefined) => statusAt(`/api/requests/${id}/content`)

/** For each setting: a change of it while the gateway runs, and what then is otherwise than before. */
const SETTINGS: Readonly<Record<string, () => Promise<void>>> = {
  async models() {
    expect(await statusOf('other')).toBe(404)
    change({ models: { other: doubled(upstream.url, 'plain') } })
    await expect.poll(() => statusOf('other'), PATIENCE).toBe(200)
  },
  async 'listen.host'() {
    change({ listen: { host: '::1', port: 0 } })
    await expect.poll(said, PATIENCE).toContain('listen.host: ::1 is in force after a restart; until then')
  },
  async 'listen.port'() {
    change({ listen: { host: '127.0.0.1', port: 4321 } })
    await expect.poll(said, PATIENCE).toContain('listen.port: 4321 is in force after a restart; until then')
  },
  async 'limits.body_mib'() {
    const text = 'x'.repeat(1.5 * 1024 * 1024)
    change({ limits: { body_mib: 1 } })
    await expect.poll(() => statusOf('plain', text), PATIENCE).toBe(413)
    change({ limits: { body_mib: 2 } })
    await expect.poll(() => statusOf('plain', text), PATIENCE).toBe(200)
  },
  async policy() {
    const rules = { rules: [{ id: 'none', effect: 'forbid', when: 'true', reason: 'Nobody answers.' }] }
    writeFileSync(join(home, 'rules.yaml'), stringify(rules))
    change({ policy: './rules.yaml' })
    await expect.poll(() => statusOf('plain'), PATIENCE).toBe(403)
  },
  async guards() {
    const deny = { check: 'deny', topics: [{ topic: 'airships', words: ['zeppelin'] }] }
    change({ guards: [{ id: 'ships', on: 'input', fails: 'closed', action: 'refuse', ...deny }] })
    await expect.poll(() => statusOf('plain', 'a zeppelin'), PATIENCE).toBe(400)
  },
  async privacy() {
    const rules = {
      rules: [{ id: 'reads', effect: 'forbid', when: 'request.sensitivity >= 3', reason: 'No people.' }],
    }
    writeFileSync(join(home, 'rules.yaml'), stringify(rules))
    change({ policy: './rules.yaml', privacy: { names: { model: 'plain', on_error: 'refuse' } } })
    // The double answers with small talk and not with names.
    await expect.poll(() => statusOf('plain'), PATIENCE).toBe(503)
  },
  async memory() {
    expect(await memoryLimit()).toBeNull()
    change({ memory: '3GiB' })
    await expect.poll(memoryLimit, PATIENCE).toBe(3 * 1024 ** 3)
  },
  async machine() {
    change({ machine: { usd_per_hour: 1 } })
    await expect.poll(said, PATIENCE).toMatch(/machine: .*charged nothing/)
  },
  async 'log.keep_rows'() {
    const [oldest = ''] = old
    expect(await statusAt(`/api/requests/${oldest}`)).toBe(200)
    expect(await contentOf(oldest)).toBe(200)
    change({ log: { keep_rows: 1_000 } })
    // The next row is one too many.
    const isGone = async () => [await statusOf('plain'), await statusAt(`/api/requests/${oldest}`)]
    await expect.poll(isGone, PATIENCE).toEqual([200, 404])
    expect(await contentOf(oldest)).toBe(404)
  },
  async 'log.keep_days'() {
    expect(await contentOf(old.at(-1))).toBe(200)
    change({ log: { keep_days: 1 } })
    await expect.poll(() => contentOf(old.at(-1)), PATIENCE).toBe(404)
  },
}

/** `discover`: src/gateway/model-registry.test.ts, with servers of its own. `offline` is read by commands, when they run. */
const ELSEWHERE = ['discover', 'offline']

describe('a setting that changes while the gateway runs is in force, or said to need a restart:', () => {
  test.each(Object.entries(SETTINGS))('%s', (_, isInForce) => isInForce())
})

test('no setting is left out', () => {
  const inGroups = ['listen', 'limits', 'log']
  const all = Object.keys(configSchema.shape).flatMap((key) =>
    inGroups.includes(key) ? knownKeys([key, ''], undefined).map((inner) => `${key}.${inner}`) : [key],
  )
  expect([...Object.keys(SETTINGS), ...ELSEWHERE].toSorted()).toEqual(all.toSorted())
})
