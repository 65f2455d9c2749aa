import { expect, test } from 'vitest'
import type { Obligation } from '../permit.ts'
import { causesOf, tallyDiff } from './policy-diff.ts'
import type { Outcome } from './replay.ts'

const rule = { id: 'stays', at: 'rules.yaml:2', reason: 'Stays here.' }

/** Models in the order in which they are asked, each with its duties; and those that the rule removes. */
function outcome(
  permitted: Readonly<Record<string, readonly Obligation[]>>,
  removed: readonly string[] = [],
): Outcome {
  return {
    order: Object.keys(permitted),
    permitted: new Map(
      Object.entries(permitted).map(([model, obligations]) => [
        model,
        { obligations, obligedBy: [{ ...rule, obligations }] },
      ]),
    ),
    removed: new Map(
      removed.map((model) => [model, { model, rule: rule.id, at: rule.at, reason: rule.reason }]),
    ),
  }
}

const place = { rule: 'stays', at: 'rules.yaml:2', reason: 'Stays here.' }

test('a request whose only model is removed loses it and is refused, by the rule that removes it', () => {
  const tally = tallyDiff()
  tally.add('r1', outcome({ gpt: [] }), outcome({}, ['gpt']))
  expect(tally.diff()).toEqual({
    same: 0,
    loses: 1,
    gains: 0,
    refused: 1,
    allowed: 0,
    obligations: 0,
    anotherModel: 0,
    anotherOrder: 0,
    groups: [{ change: 'loses', model: 'gpt', ...place, requests: 1, altogether: 1, examples: ['r1'] }],
  })
})

test('a request that was refused and gets a model is allowed, and the rule is the one that kept it away', () => {
  const tally = tallyDiff()
  tally.add('r1', outcome({}, ['gpt']), outcome({ gpt: [] }))
  expect(tally.diff()).toMatchObject({
    gains: 1,
    allowed: 1,
    refused: 0,
    groups: [{ change: 'gains', model: 'gpt', ...place, altogether: 1 }],
  })
})

test('where another model is left the request is answered by that one', () => {
  const tally = tallyDiff()
  tally.add('r1', outcome({ gpt: [], ward: [] }), outcome({ ward: [] }, ['gpt']))
  expect(tally.diff()).toMatchObject({ loses: 1, refused: 0, anotherModel: 1 })
  expect(tally.diff().groups).toMatchObject([
    { change: 'loses', model: 'gpt', ...place, altogether: 0 },
    { change: 'another-model', model: 'gpt', instead: 'ward', ...place },
  ])
})

test('duties that come and go are told one by one, each with its rule', () => {
  const causes = causesOf(outcome({ gpt: ['mask', 'no-cache'] }), outcome({ gpt: ['no-cache', 'no-shadow'] }))
  expect(causes).toEqual([
    { change: 'adds', model: 'gpt', ...place, obligation: 'no-shadow' },
    { change: 'drops', model: 'gpt', ...place, obligation: 'mask' },
  ])
})

test('another order behind the same first model is told, and no rule is named for what rules only prefer', () => {
  const before = outcome({ a: [], b: [], c: [] })
  expect(causesOf(before, { ...before, order: ['a', 'c', 'b'] })).toEqual([
    { change: 'another-order', model: 'a', rule: null, at: null, reason: null },
  ])
  expect(causesOf(before, { ...before, order: ['b', 'a', 'c'] })).toEqual([
    { change: 'another-model', model: 'a', instead: 'b', rule: null, at: null, reason: null },
  ])
})

test('a model that another rule removes than before is no difference', () => {
  const before = outcome({}, ['gpt'])
  const after = { ...before, removed: new Map([['gpt', { model: 'gpt', rule: 'other', reason: 'x' }]]) }
  expect(causesOf(before, after)).toEqual([])
})

test('groups count every request, keep three examples and come largest first', () => {
  const tally = tallyDiff()
  tally.add('other', outcome({ ward: [] }), outcome({}, ['ward']))
  for (const id of ['r1', 'r2', 'r3', 'r4']) tally.add(id, outcome({ gpt: [] }), outcome({}, ['gpt']))
  tally.add('same', outcome({ gpt: [] }), outcome({ gpt: [] }))
  const { same, groups } = tally.diff()
  expect(same).toBe(1)
  expect(groups.map(({ model, requests, examples }) => [model, requests, examples])).toEqual([
    ['gpt', 4, ['r1', 'r2', 'r3']],
    ['ward', 1, ['other']],
  ])
})
