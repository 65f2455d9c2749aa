import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Accounts } from './accounts.ts'
import { APPROVED_MS, DENIED_MS, PENDING_MS, type NewApproval } from './approvals.ts'
import { openAccounts } from './open-accounts.ts'

const START = Date.UTC(2026, 10, 23, 12)
const DAY_MS = 86_400_000

let home: string
let nowMs: number
let accounts: Accounts
const open = () =>
  openAccounts({ home, clock: { now: () => nowMs }, random: { bytes: (length) => randomBytes(length) } })

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'musivum-approvals-'))
  nowMs = START
  accounts = open()
})
afterEach(() => {
  accounts.close()
  rmSync(home, { recursive: true, force: true })
})

const wanted = (digest: string, more: Partial<NewApproval> = {}): NewApproval => ({
  requestId: `request of ${digest}`,
  key: 'mv-0123456789',
  team: 'ward',
  project: null,
  operation: 'chat',
  model: 'far',
  rule: 'person',
  reason: 'A person looks first.',
  at: 'rules.yaml:3',
  labels: { examined: false },
  digest,
  contentLogged: false,
  ...more,
})

test('the same request waits once, and is kept as it was asked', () => {
  const first = accounts.approvals.ask(wanted('a'))
  expect(first.id).toMatch(/^ap-[0-9a-z]{10}$/)
  expect(first).toMatchObject({
    ...wanted('a'),
    state: 'pending',
    atMs: START,
    expiresMs: START + PENDING_MS,
  })
  expect(accounts.approvals.ask(wanted('a', { requestId: 'another' }))).toEqual(first)
  expect(accounts.approvals.find('a')).toEqual(first)
  expect(accounts.approvals.find('b')).toBeUndefined()
})

test('an approval is used once, by whichever process comes first, and asked for anew after that', () => {
  const { id } = accounts.approvals.ask(wanted('a'))
  expect(accounts.approvals.use(id, 'r0')).toBe(false)
  accounts.approvals.decide(id, 'approved', 'key mv-x')
  const other = open()
  expect([other.approvals.use(id, 'r1'), accounts.approvals.use(id, 'r2')]).toEqual([true, false])
  other.close()
  expect(accounts.approvals.get(id)).toMatchObject({ state: 'used', usedBy: 'r1', decidedBy: 'key mv-x' })
  expect(accounts.approvals.find('a')).toBeUndefined()
  expect(accounts.approvals.ask(wanted('a')).id).not.toBe(id)
})

test('what nobody decides, uses or asks again in time counts no more', () => {
  const { approvals } = accounts
  const [waits, good, denied] = ['a', 'b', 'c'].map((digest) => approvals.ask(wanted(digest)).id)
  approvals.decide(good ?? '', 'approved', 'someone')
  approvals.decide(denied ?? '', 'denied', 'someone')
  nowMs = START + APPROVED_MS
  expect(approvals.use(good ?? '', 'r')).toBe(false)
  expect(approvals.get(good ?? '')?.state).toBe('expired')
  expect(approvals.find('c')?.state).toBe('denied')
  nowMs = START + Math.max(PENDING_MS, DENIED_MS)
  expect([approvals.find('a'), approvals.find('b'), approvals.find('c')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect(() => approvals.decide(waits ?? '', 'approved', 'someone')).toThrow('is expired')
})

test('what is decided stays decided, and what is not there cannot be', () => {
  const { id } = accounts.approvals.ask(wanted('a'))
  accounts.approvals.decide(id, 'denied', 'someone')
  expect(() => accounts.approvals.decide(id, 'approved', 'someone else')).toThrow(
    `approval ${id} is denied; only one that is pending can be decided`,
  )
  expect(() => accounts.approvals.decide('ap-none', 'approved', 'x')).toThrow('There is no approval ap-none.')
})

test('lists are of a state, newest first', () => {
  const ids = ['a', 'b', 'c', 'd'].map((digest) => {
    nowMs += 1
    return accounts.approvals.ask(wanted(digest)).id
  })
  const [a, b, c, d] = ids
  accounts.approvals.decide(b ?? '', 'approved', 'x')
  accounts.approvals.decide(c ?? '', 'approved', 'x')
  accounts.approvals.use(c ?? '', 'r')
  const listed = (state?: 'pending' | 'approved' | 'used' | 'expired') =>
    accounts.approvals.list({ limit: 10, ...(state && { state }) }).map(({ id }) => id)
  expect(listed()).toEqual([d, c, b, a])
  expect([listed('pending'), listed('approved'), listed('used'), listed('expired')]).toEqual([
    [d, a],
    [b],
    [c],
    [],
  ])
  nowMs += DAY_MS
  expect([listed('pending'), listed('used'), listed('expired')]).toEqual([[], [c], [d, b, a]])
  expect(accounts.approvals.list({ limit: 2 })).toHaveLength(2)
})

test('one caller has at most a hundred waiting, others are not held up, and what is a month old goes', () => {
  for (let at = 0; at < 100; at += 1) accounts.approvals.ask(wanted(`d${at}`))
  expect(() => accounts.approvals.ask(wanted('more'))).toThrow('100 requests of this caller wait')
  expect(accounts.approvals.ask(wanted('more', { key: null })).state).toBe('pending')
  nowMs += 31 * DAY_MS
  for (let at = 0; at < 6; at += 1) accounts.approvals.ask(wanted(`e${at}`))
  expect(accounts.approvals.list({ limit: 200 })).toHaveLength(6)
})
