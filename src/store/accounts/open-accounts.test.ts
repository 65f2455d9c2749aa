import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { nanoUsd } from '../../core/money.ts'
import type { Accounts, Key, KeyQuery, NewBudget } from './accounts.ts'
import { newSecret } from './key-secret.ts'
import { openAccounts } from './open-accounts.ts'

const random = { bytes: (length: number) => randomBytes(length) }
const START = Date.UTC(2026, 10, 23)
const HOUR = 3_600_000

let home: string
let nowMs: number
let accounts: Accounts
const opened: Accounts[] = []
const open = (): Accounts => {
  const made = openAccounts({ home, clock: { now: () => nowMs }, random })
  opened.push(made)
  return made
}
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'musivum-accounts-'))
  nowMs = START
  accounts = open()
})
afterEach(() => {
  for (const each of opened.splice(0)) each.close()
  rmSync(home, { recursive: true, force: true })
})

/** The code that the key is refused with, or the id of the principal. */
async function codeOf(secret: string, atMs = nowMs, from = accounts): Promise<string> {
  try {
    return (await from.authenticate(secret, atMs)).id
  } catch (error) {
    return String((error as { code?: unknown }).code)
  }
}

describe('a key', () => {
  test('is given as a principal with what it may do, and its secret is nowhere in the files', async () => {
    expect(accounts.hasKeys()).toBe(false)
    accounts.createTeam({ id: 'research' })
    accounts.createProject({ id: 'papers', team: 'research' })
    const wanted = { name: 'Asha', project: 'papers', models: ['open/*'], clearances: ['hr'], cache: true }
    const { key, secret } = accounts.createKey(wanted)
    expect(accounts.hasKeys()).toBe(true)
    expect(secret.startsWith(`${key.id}-`)).toBe(true)
    const principal = await open().authenticate(secret, nowMs)
    expect(principal).toEqual({
      kind: 'key',
      id: key.id,
      role: 'member',
      team: 'research',
      project: 'papers',
      models: ['open/*'],
      clearances: ['hr'],
      cache: true,
    })
    const part = secret.slice(key.id.length + 1)
    const files = readdirSync(join(home, 'data')).map((name) => readFileSync(join(home, 'data', name)))
    expect(files.some((bytes) => bytes.includes(key.id))).toBe(true)
    expect(files.some((bytes) => bytes.includes(part))).toBe(false)
  })

  test('is known at once in the process that made it, and after one slow check in another', async () => {
    const { secret } = accounts.createKey({ name: 'one' })
    const other = open()
    expect(accounts.authenticate(secret, nowMs)).not.toBeInstanceOf(Promise)
    const first = other.authenticate(secret, nowMs)
    expect(first).toBeInstanceOf(Promise)
    await first
    expect(other.authenticate(secret, nowMs)).not.toBeInstanceOf(Promise)
  })

  test('that is wrong in its last letter, or unknown, or no key at all, is unknown', async () => {
    const { secret } = accounts.createKey({ name: 'one' })
    const last = secret.endsWith('A') ? 'B' : 'A'
    expect(await codeOf(secret.slice(0, -1) + last)).toBe('auth.key_unknown')
    expect(await codeOf(newSecret(random))).toBe('auth.key_unknown')
    expect(await codeOf('Bearer nonsense')).toBe('auth.key_unknown')
    expect(await codeOf('')).toBe('auth.key_unknown')
  })

  test('expires at its millisecond by the clock that is passed in', async () => {
    const { key, secret } = accounts.createKey({ name: 'one', expiresMs: START + HOUR })
    expect(await codeOf(secret, START + HOUR - 1)).toBe(key.id)
    expect(await codeOf(secret, START + HOUR)).toBe('auth.key_expired')
    accounts.changeKey(key.id, { expiresMs: null })
    expect(await codeOf(secret, START + HOUR)).toBe(key.id)
  })

  test('that is revoked is refused from then on, and revoking twice is once', async () => {
    const { key, secret } = accounts.createKey({ name: 'one' })
    const revoked: string[] = []
    accounts.onRevoked((id) => revoked.push(id))
    const first = accounts.revokeKey(key.id)
    nowMs += HOUR
    expect(accounts.revokeKey(key.id)).toEqual(first)
    expect(first.revokedMs).toBe(START)
    expect(await codeOf(secret)).toBe('auth.key_revoked')
    expect(revoked).toContain(key.id)
    expect(accounts.hasKeys()).toBe(true)
  })

  test('that is revoked says so to its holder only', async () => {
    const { key } = accounts.createKey({ name: 'one' })
    accounts.revokeKey(key.id)
    expect(await codeOf(newSecret(random, key.id))).toBe('auth.key_unknown')
  })

  test('that is rotated has two good secrets for as long as it was told, then one', async () => {
    const { key, secret: old } = accounts.createKey({ name: 'one' })
    const { secret } = accounts.rotateKey(key.id, HOUR)
    expect(secret.startsWith(key.id)).toBe(true)
    for (const from of [accounts, open()]) {
      expect(await codeOf(old, START + HOUR - 1, from)).toBe(key.id)
      expect(await codeOf(secret, START + HOUR - 1, from)).toBe(key.id)
      expect(await codeOf(old, START + HOUR, from)).toBe('auth.key_expired')
      expect(await codeOf(secret, START + HOUR, from)).toBe(key.id)
    }
    const { secret: third } = accounts.rotateKey(key.id)
    expect(await codeOf(old)).toBe('auth.key_unknown')
    expect(await codeOf(secret)).toBe('auth.key_expired')
    expect(await codeOf(third)).toBe(key.id)
  })

  test('changes where it is told to and stays as it is elsewhere', () => {
    const made = accounts.createKey({ name: 'one', models: ['a'], metadata: { owner: 'x' } }).key
    const changed = accounts.changeKey(made.id, { name: 'two', models: null, tasks: ['support'] })
    expect(changed).toEqual({ ...made, name: 'two', models: null, tasks: ['support'] })
    expect(open().findKey(made.id)).toEqual(changed)
  })

  test('has a last use that is written lazily and seen at once', async () => {
    const { key, secret } = accounts.createKey({ name: 'one' })
    await accounts.authenticate(secret, START + 5)
    expect(accounts.findKey(key.id)?.lastUsedMs).toBe(START + 5)
    expect(open().findKey(key.id)?.lastUsedMs).toBe(null)
    accounts.close()
    expect(open().findKey(key.id)?.lastUsedMs).toBe(START + 5)
  })
})

describe('guessing', () => {
  test('takes the same time whether the id of the key exists or not', async () => {
    const { key } = accounts.createKey({ name: 'one' })
    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
    for (let round = 0; round < 15; round += 1) {
      // In turns: a place rests after a wrong key, and the same kind must not always find it resting.
      const order = ['known', 'unknown'] as const
      for (const kind of round % 2 === 0 ? order : order.toReversed()) {
        const guess = newSecret(random, kind === 'known' ? key.id : undefined)
        const before = performance.now()
        expect(await codeOf(guess)).toBe('auth.key_unknown')
        times[kind].push(performance.now() - before)
      }
    }
    const median = (list: number[]) => list.toSorted((a, b) => a - b)[7] ?? 0
    const ratio = median(times.known) / median(times.unknown)
    expect(ratio).toBeGreaterThan(0.4)
    expect(ratio).toBeLessThan(2.5)
  })

  test('with many keys at once is shed, and the right key is heard afterwards', async () => {
    const { key, secret } = open().createKey({ name: 'one' })
    const guesses = Array.from({ length: 200 }, () => codeOf(newSecret(random)))
    const codes = await Promise.all(guesses)
    expect(new Set(codes)).toEqual(new Set(['auth.key_unknown', 'engine.busy']))
    expect(codes.filter((code) => code === 'auth.key_unknown').length).toBeLessThanOrEqual(66)
    await expect.poll(() => codeOf(secret)).toBe(key.id)
  })

  test('the same wrong key again costs nothing: only its first check is slow', async () => {
    const wrong = newSecret(random)
    expect(await codeOf(wrong)).toBe('auth.key_unknown')
    // One place rests after each wrong key and the queue has an end: two hundred slow checks at once would be shed.
    const again = await Promise.all(Array.from({ length: 200 }, () => codeOf(wrong)))
    expect(new Set(again)).toEqual(new Set(['auth.key_unknown']))
  })

  test('a good key that arrives 64 times at once is checked once', async () => {
    const { key, secret } = open().createKey({ name: 'one' })
    const codes = await Promise.all(Array.from({ length: 200 }, () => codeOf(secret)))
    expect(new Set(codes)).toEqual(new Set([key.id]))
  })
})

describe('another process', () => {
  test('makes a key, changes it and revokes it, and this one sees each', async () => {
    const changes: string[] = []
    const other = open()
    accounts.onRevoked((id) => changes.push(id))
    accounts.onChanged(() => changes.push('changed'))
    const { key, secret } = other.createKey({ name: 'one' })
    await expect.poll(() => changes, { timeout: 5_000 }).toEqual(['changed'])
    expect(accounts.hasKeys()).toBe(true)
    expect(await accounts.authenticate(secret, nowMs)).not.toHaveProperty('models')
    other.changeKey(key.id, { models: ['a'] })
    await expect.poll(() => changes.length, { timeout: 5_000 }).toBe(2)
    expect(accounts.authenticate(secret, nowMs)).toHaveProperty('models', ['a'])
    other.revokeKey(key.id)
    await expect.poll(() => changes, { timeout: 5_000 }).toEqual(['changed', 'changed', key.id, 'changed'])
    expect(await codeOf(secret)).toBe('auth.key_revoked')
  })
})

describe('keys in pages', () => {
  const names = (query: Partial<KeyQuery>) =>
    accounts.pageKeys({ limit: 200, ...query }).keys.map((key: Key) => key.name)

  test('are by id, each once, for every filter', () => {
    accounts.createTeam({ id: 'a' })
    accounts.createTeam({ id: 'b' })
    accounts.createProject({ id: 'p', team: 'a' })
    accounts.createKey({ name: 'In A', team: 'a' })
    accounts.createKey({ name: 'Étude', project: 'p' })
    const late = accounts.createKey({ name: 'late', team: 'b', expiresMs: START + 1 }).key
    const gone = accounts.createKey({ name: 'gone', team: 'b' }).key
    accounts.revokeKey(gone.id)
    nowMs += HOUR
    expect(names({}).toSorted()).toEqual(['In A', 'gone', 'late', 'Étude'].toSorted())
    expect(names({ team: 'a' }).toSorted()).toEqual(['In A', 'Étude'])
    expect(names({ project: 'p' })).toEqual(['Étude'])
    expect(names({ state: 'expired' })).toEqual(['late'])
    expect(names({ state: 'revoked' })).toEqual(['gone'])
    expect(names({ state: 'active', team: 'b' })).toEqual([])
    expect(names({ search: 'in a' })).toEqual(['In A'])
    expect(names({ search: 'Étu' })).toEqual(['Étude'])
    expect(names({ search: late.id.slice(0, 9) })).toEqual(['late'])
  })

  test('a hundred thousand of them open in no time and are read in pages', async () => {
    const { secret, key } = accounts.createKey({ name: 'needle' })
    manyKeys(100_000)
    const before = performance.now()
    const fresh = open()
    const openedMs = performance.now() - before
    expect(await codeOf(secret, nowMs, fresh)).toBe(key.id)
    const page = fresh.pageKeys({ limit: 200 })
    const second = fresh.pageKeys({ limit: 200, ...(page.next !== null && { after: page.next }) })
    expect(new Set([...page.keys, ...second.keys].map(({ id }) => id)).size).toBe(400)
    expect(fresh.pageKeys({ limit: 10, search: 'needle' }).keys.map(({ id }) => id)).toEqual([key.id])
    // Far from what it takes (some 5 ms), and far from what reading all of them would.
    expect(openedMs).toBeLessThan(200)
  })

  function manyKeys(count: number): void {
    const database = new DatabaseSync(join(home, 'data', 'main.db'))
    database.exec(`
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
      INSERT INTO api_key (id, name, role, created_ms, clearances, cache, metadata, salt, hash, revision)
      SELECT 'mv-' || substr('0000000000' || i, -10), 'key ' || i, 'member', 0, '[]', 0, '{}', x'00', x'00', 0 FROM n`)
    database.close()
  }
})

describe('teams and projects', () => {
  test('go only when nothing hangs on them', () => {
    accounts.createTeam({ id: 'research', name: 'Research' })
    accounts.createProject({ id: 'papers', team: 'research' })
    const { key } = accounts.createKey({ name: 'one', project: 'papers' })
    const team = { kind: 'team', id: 'research' } as const
    const budget = accounts.setBudget({ scope: team, period: 'day', cap: nanoUsd(1), hard: true })
    accounts.setLimits(team, { parallel: 1 })
    expect(() => accounts.removeTeam('research')).toThrow(
      'team research still has projects and keys and budgets',
    )
    expect(() => accounts.removeProject('papers')).toThrow('project papers still has keys')
    accounts.revokeKey(key.id)
    accounts.removeProject('papers')
    accounts.removeBudget(budget.id)
    accounts.removeLimits(team)
    accounts.removeTeam('research')
    expect([accounts.teams(), accounts.projects(), accounts.budgets(), accounts.limits()]).toEqual([
      [],
      [],
      [],
      [],
    ])
  })

  test.for<[string, (accounts: Accounts) => unknown, string]>([
    [
      'a team twice',
      (a) => [a.createTeam({ id: 'x' }), a.createTeam({ id: 'x' })],
      'there is a team x already',
    ],
    ['an id with a space', (a) => a.createTeam({ id: 'a b' }), 'lower-case letters, digits and hyphens'],
    ['a project of no team', (a) => a.createProject({ id: 'p', team: 'none' }), 'There is no team none'],
    ['a key of no team', (a) => a.createKey({ name: 'k', team: 'none' }), 'There is no team none'],
    ['a key without a name', (a) => a.createKey({ name: ' ' }), 'name is 1 to 200 characters'],
    [
      'a key of yesterday',
      (a) => a.createKey({ name: 'k', expiresMs: START - 1 }),
      'expiresMs has passed already',
    ],
    [
      'a change of no key',
      (a) => a.changeKey('mv-0000000000', { name: 'x' }),
      'There is no key mv-0000000000',
    ],
    ['a page of everything', (a) => a.pageKeys({ limit: 100_000 }), 'limit is 100000, expected 1 to 200'],
  ])('%s is refused in one line', ([, wrong, message]) => {
    expect(() => wrong(accounts)).toThrow(message)
  })
})

describe('budgets and limits', () => {
  const everyone = { kind: 'everyone' } as const

  test('are one per scope, period and hardness, and a second one replaces the first', () => {
    const wanted: NewBudget = { scope: everyone, period: 'month', cap: nanoUsd(5), hard: true }
    const first = accounts.setBudget(wanted)
    nowMs += HOUR
    expect(accounts.setBudget({ ...wanted, cap: nanoUsd(7) })).toEqual({ ...first, cap: 7 })
    accounts.setBudget({ ...wanted, hard: false })
    expect(accounts.budgets().map(({ id, cap }) => [id, cap])).toEqual([
      ['everyone-month-soft', 5],
      ['everyone-month-hard', 7],
    ])
    expect(open().budgetsOf(everyone)).toHaveLength(2)
    accounts.setLimits(everyone, { requestsPerMinute: 5 })
    accounts.setLimits(everyone, { parallel: 2 })
    expect(open().limits()).toEqual([{ scope: everyone, limits: { parallel: 2 } }])
    expect(accounts.limitsOf({ kind: 'team', id: 'none' })).toEqual({})
  })

  test.for<[string, (accounts: Accounts) => unknown, string]>([
    ['a negative budget', (a) => budget(a, -1), 'cap is -1, expected whole nano-dollars'],
    ['half a nano-dollar', (a) => budget(a, 0.5), 'cap is 0.5'],
    ['an infinite budget', (a) => budget(a, Number.POSITIVE_INFINITY), 'cap is Infinity'],
    ['a limit of nothing', (a) => a.setLimits(everyone, { parallel: 0 }), 'parallel is 0'],
    ['no limits', (a) => a.setLimits(everyone, {}), 'limits are empty'],
    [
      'limits of no team',
      (a) => a.setLimits({ kind: 'team', id: 'x' }, { parallel: 1 }),
      'There is no team x',
    ],
    [
      'taking away what is not there',
      (a) => a.removeBudget('everyone-day-soft'),
      'There is no budget everyone-day-soft',
    ],
  ])('%s is refused in one line', ([, wrong, message]) => {
    expect(() => wrong(accounts)).toThrow(message)
  })

  const budget = (a: Accounts, cap: number) =>
    a.setBudget({ scope: everyone, period: 'day', cap: cap as NewBudget['cap'], hard: true })
})
