import { expect, test } from 'vitest'
import type { Model } from '../catalog/model.ts'
import { rulePolicy, type RulePolicy } from '../policy/rule-policy.ts'
import { parseRuleFile } from '../policy/rules/parse-rule-file.ts'
import type { RequestRow } from '../store/store.ts'
import { row } from '../store/store.conformance.ts'
import { replayLog } from './policy-replay-log.ts'

const model = (name: string): Model => ({
  name,
  binding: { engine: 'openai', baseUrl: 'http://127.0.0.1:1/v1', upstreamModel: name },
  price: { kind: 'unpriced' },
  toy: false,
  origin: 'config',
})

function policyOf(rules: string): RulePolicy {
  const parsed = parseRuleFile(rules, 'rules.yaml')
  if (parsed.kind === 'wrong') throw new TypeError(parsed.problems.join('\n'))
  return rulePolicy({ name: 'rules.yaml', ...parsed.file, fulfils: new Set() })
}

const open = policyOf('rules: []')
const local = policyOf('rules: [{id: here, effect: require, when: model.name == "b"}]')
const tokens = policyOf('rules: [{id: short, effect: require, when: request.tokens < 10}]')

/** A row of a request to these models, of which the key or the client had ruled out some. */
function asked(candidates: readonly string[], more: Partial<RequestRow> = {}, kept: readonly string[] = []) {
  const { decision, ...rest } = row({
    facts: { request: { operation: 'chat', tokens: 5 }, principal: { kind: 'anonymous' } },
  })
  if (decision === null) throw new TypeError('the row of the suite has a decision')
  const [first = ''] = candidates.filter((name) => !kept.includes(name))
  const removed = kept.map((name) => ({ model: name, rule: 'key', reason: 'the key does not allow it' }))
  const plan = { kind: 'single', model: first } as const
  return { ...rest, decision: { ...decision, candidates, removed, plan, asked: first }, ...more }
}

const settings = { before: open, after: local, models: [model('a'), model('b')], last: 100, sinceMs: null }

test('only models that the policy was asked about are judged: not those that the key ruled out', async () => {
  const { judged, diff } = await replayLog([asked(['b', 'a'], {}, ['a'])], settings)
  expect([judged, diff.same]).toEqual([1, 1])
})

test('a model that is no longer configured is left out and said, and a row of nothing else is not judged', async () => {
  const replay = await replayLog([asked(['gone']), asked(['gone', 'b'])], settings)
  expect(replay).toMatchObject({ decisions: 2, judged: 1, notReplayable: { modelsGone: 1 } })
  expect([...replay.gone]).toEqual([['gone', 2]])
  expect(replay.diff.same).toBe(1)
})

test('a row of before facts were kept is counted and not judged', async () => {
  expect(await replayLog([asked(['a'], { facts: null })], settings)).toMatchObject({
    decisions: 1,
    judged: 0,
    notReplayable: { loggedBefore: 1 },
  })
})

test('a request that nobody looked into is judged only by rules that read nothing of it', async () => {
  const unseen = { facts: { request: { operation: 'chat' }, principal: { kind: 'anonymous' } } } as const
  const rows = [asked(['a'], unseen)]
  expect(await replayLog(rows, settings)).toMatchObject({ judged: 1, diff: { refused: 1 } })
  expect(await replayLog(rows, { ...settings, after: tokens })).toMatchObject({
    judged: 0,
    notReplayable: { notLookedInto: 1 },
  })
})

test('rows without a decision do not count among the last ones, and older rows than asked for are not read', async () => {
  const [oldest, undecided, newest] = [asked(['a']), row({ decision: null }), asked(['b'])]
  const rows = [newest, undecided, oldest]
  expect(await replayLog(rows, { ...settings, last: 2 })).toMatchObject({
    decisions: 2,
    oldestMs: oldest.atMs,
  })
  expect(await replayLog(rows, { ...settings, last: 1 })).toMatchObject({
    decisions: 1,
    oldestMs: newest.atMs,
  })
  expect(await replayLog(rows, { ...settings, sinceMs: newest.atMs })).toMatchObject({ decisions: 1 })
})

test('a decision that the policy of today would make otherwise is not one that comes out as logged', async () => {
  const rows = [asked(['a', 'b']), asked(['b'])]
  expect((await replayLog(rows, { ...settings, before: open })).asLogged).toBe(2)
  expect((await replayLog(rows, { ...settings, before: local, after: open })).asLogged).toBe(1)
})
