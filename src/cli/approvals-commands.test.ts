import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidV7Ids } from '../core/ids.ts'
import { noUsage } from '../core/usage.ts'
import { systemClock, systemRandom } from '../gateway/system-ports.ts'
import { openAccounts } from '../store/accounts/open-accounts.ts'
import { openContentLog } from '../store/content-log/open-content-log.ts'
import { openLogForWriting } from '../store/log-file.ts'
import { logWriter } from '../store/log-writer.ts'
import { toValues } from '../store/request-row.ts'
import { openPurposeKeys } from '../store/scope-key.ts'
import { row } from '../store/store.conformance.ts'
import { approvalsApprove } from './approvals-approve.ts'
import { approvalsDeny } from './approvals-deny.ts'
import { approvalsList } from './approvals-list.ts'
import type { Command } from './command.ts'
import { parseArguments } from './parse-arguments.ts'
import { requestsShow } from './requests-show.ts'
import type { Terminal } from './terminal.ts'

let home: string
const id = uuidV7Ids(systemClock, systemRandom()).next()

/** The command as it runs, without a process of its own. */
async function run(command: Command, ...words: readonly string[]): Promise<string> {
  let out = ''
  const terminal: Terminal = {
    env: { MUSIVUM_HOME: home },
    cwd: home,
    signal: new AbortController().signal,
    write: (text) => void (out += text),
    note: () => undefined,
    interactive: false,
    input: { kind: 'other', read: () => Promise.resolve('') },
  }
  await command.run(parseArguments(command, words), terminal)
  return out
}

const wait = (digest: string): string => {
  const accounts = openAccounts({ home, clock: systemClock, random: systemRandom() })
  const { id: approval } = accounts.approvals.ask({
    requestId: id,
    key: null,
    team: null,
    project: null,
    operation: 'chat',
    model: 'far',
    rule: 'person',
    reason: 'A person looks first.',
    at: 'rules.yaml:3',
    labels: { examined: true, kinds: ['health'], entities: ['MRN'], sensitivity: 4, names: 'not-covered' },
    digest,
    contentLogged: true,
  })
  accounts.close()
  return approval
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'musivum-approvals-cli-'))
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

test('what waits is listed, approved and denied, in words and as documents', async () => {
  expect(await run(approvalsList)).toBe('nothing waits for approval\n')
  const [one, two] = [wait('a'), wait('b')]
  const listed = await run(approvalsList)
  expect(listed).toMatch(
    new RegExp(`${one} +pending +.* no key +far +health, MRN +rules.yaml:3 person: A person`),
  )
  expect(await run(approvalsApprove, one)).toContain(
    `${one} is approved: the same caller's same request to far`,
  )
  expect(JSON.parse(await run(approvalsDeny, two, '--json'))).toMatchObject({
    id: two,
    state: 'denied',
    principal: { key: null, team: null, project: null },
    labels: { kinds: ['health'] },
    decided_by: 'the command line',
  })
  const { approvals } = JSON.parse(await run(approvalsList, '--all', '--json')) as { approvals: unknown[] }
  expect(approvals).toHaveLength(2)
  await expect(run(approvalsApprove, two)).rejects.toThrow('is denied; only one that is pending')
  await expect(run(approvalsApprove)).rejects.toThrow('approvals approve needs ID')
  await expect(run(approvalsList, '--state', 'gone')).rejects.toThrow('pending')
})

test('content is shown only when it is asked for, and that it was read stands beside it', async () => {
  const keyFor = openPurposeKeys({ home, env: {}, random: systemRandom() })
  const key = () => keyFor('content log')
  const contentLog = openContentLog({
    home,
    key,
    firstKept: () => Promise.resolve(null),
    log: () => undefined,
  })
  const atMs = systemClock.now()
  const content = { text: 'the patient is Ada' }
  await contentLog.write(id, { kind: 'prompt', atMs, model: 'far', operation: 'chat', content })
  contentLog.close()
  await expect(run(requestsShow, id)).rejects.toThrow('The log has no request with this id')
  expect(await run(requestsShow, id, '--content')).toContain('the patient is Ada')
  const shown = JSON.parse(await run(requestsShow, id, '--content', '--json')) as {
    content: { entries: { kind: string }[] }
  }
  expect(shown.content.entries.map(({ kind }) => kind)).toEqual(['prompt', 'read', 'read'])
  await expect(run(requestsShow, '../../scope', '--content')).rejects.toThrow('needs the id of a request')
})

test('content under a key that is lost is not read with a new one, and no new one is made', async () => {
  const key = join(home, 'data', 'scope.key')
  renameSync(key, `${key}.lost`)
  await expect(run(requestsShow, id, '--content')).rejects.toThrow('there is no data/scope.key')
  expect(existsSync(key)).toBe(false)
  renameSync(`${key}.lost`, key)
  expect(await run(requestsShow, id, '--content')).toContain('the patient is Ada')
})

test('a request that nobody answered is shown with the rule that removed each model, and one that was with its duties', async () => {
  const logged = row()
  if (logged.decision === null) throw new TypeError('the row of the suite has a decision')
  const removed = [{ model: 'far', rule: 'stays', reason: 'Health data stays.' }]
  const decision = { ...logged.decision, removed, obligations: { mock: ['mask', 'no-cache'] } } as const
  const database = openLogForWriting(join(home, 'data', 'logs.db'), logged.atMs)
  const cost = { kind: 'metered', nanoUsd: 5_001 } as const
  const usage = { ...noUsage, inputTokens: 1, cacheReadTokens: 16, outputTokens: 2 }
  logWriter(database).write([toValues({ ...logged, decision, cost, usage })])
  database.close()
  const shown = await run(requestsShow, logged.id)
  expect(shown).toMatch(/^removed +far by stays: Health data stays\.$/m)
  expect(shown).toMatch(/^duties +mock: mask, no-cache$/m)
  expect(shown).toMatch(/^tokens +17 read, 2 written$/m)
  expect(shown).toMatch(/^cost +\$0\.000005001$/m)
})
