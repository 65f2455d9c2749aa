import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import type { Ask, Call } from '../ask.ts'
import { ownModel, pricedModel, reply, unpricedModel } from './given-world.conformance.ts'
import type { RunRequest } from './prepare-run.ts'
import type { RunModel } from './run-model.ts'
import { asked, runWorld } from './run-world.conformance.ts'

const MODELS = [ownModel('large'), ownModel('small'), ownModel('tiny')]

let around: ReturnType<typeof runWorld>
beforeEach(() => {
  around = runWorld()
})
afterEach(() => {
  around.store.close()
  rmSync(around.folder, { recursive: true, force: true })
})

/** Right, but for the small model on item 3. */
function answers() {
  const calls: Call[] = []
  const ask: Ask = (call) => {
    calls.push(call)
    const wrong = call.model === 'small' && asked(call) === '3'
    return Promise.resolve(reply(wrong ? '4' : asked(call)))
  }
  return { ask, calls }
}

async function runOnce(ask: Ask, models: readonly RunModel[] = MODELS, request: Partial<RunRequest> = {}) {
  const prepared = await around.prepare(ask, models, request)
  try {
    return { prepared, ...(await prepared.run()) }
  } finally {
    await prepared.close()
  }
}

test('every call is made once, and outcomes come by item, then model, whatever the order of the calls', async () => {
  const { ask, calls } = answers()
  const { state, outcomes, tally } = await runOnce(ask)
  expect(state).toBe('complete')
  expect(calls).toHaveLength(10)
  expect(outcomes.map((each) => `${each?.item} ${each?.model} ${each?.score}`)).toEqual([
    'i0 large 1',
    'i0 small 1',
    'i1 large 1',
    'i1 small 1',
    'i2 large 1',
    'i2 small 1',
    'i3 large 1',
    'i3 small 0',
    'i4 large 1',
    'i4 small 1',
  ])
  expect(outcomes[7]).toEqual({
    task: 't',
    item: 'i3',
    model: 'small',
    score: 0,
    answer: '4',
    chars: 1,
    costUsd: 0,
    latencyMs: 12,
  })
  expect(tally.models.map(({ model, asked: made, cached }) => [model, made, cached])).toEqual([
    ['large', 5, 0],
    ['small', 5, 0],
  ])
})

test('calls are made in a drawn order, the same for every model, so that a run that stops has seen a sample', async () => {
  const { ask, calls } = answers()
  await runOnce(ask, MODELS, { concurrency: 1 })
  const orderOf = (model: string) => calls.filter((call) => call.model === model).map(asked)
  expect(orderOf('small')).toEqual(orderOf('large'))
  expect(orderOf('small')).not.toEqual(['0', '1', '2', '3', '4'])
})

test('a second run asks nothing and says the same', async () => {
  const first = await runOnce(answers().ask)
  const { ask, calls } = answers()
  const second = await runOnce(ask)
  expect(calls).toEqual([])
  expect(second.outcomes).toEqual(first.outcomes)
  expect(second.prepared.estimate).toMatchObject({ calls: 10, cached: 10, costNanoUsd: 0, timeMs: 0 })
})

test('a further candidate is all that is asked, and another scorer asks nothing', async () => {
  await runOnce(answers().ask)
  writeTask({ candidates: '[small, tiny]' })
  const added = answers()
  await runOnce(added.ask)
  expect(added.calls.map(({ model }) => model)).toEqual(Array(5).fill('tiny'))
  writeTask({ candidates: '[small, tiny]', scorer: '{kind: contains}' })
  const scored = answers()
  expect((await runOnce(scored.ask)).state).toBe('complete')
  expect(scored.calls).toEqual([])
})

function writeTask({ candidates = '[small]', scorer = 'exact', more = '' }): void {
  const text = `task: t\nitems: items.jsonl\nscorer: ${scorer}\nreference: large\ncandidates: ${candidates}\nmargin: 0.1\n${more}`
  writeFileSync(join(around.folder, 'task.yaml'), text)
}

test('another prompt, another temperature and other weights under the same name are other questions', async () => {
  await runOnce(answers().ask)
  for (const more of ['prompt: "Please {{prompt}}"\n', 'sampling: {temperature: 0.5}\n']) {
    writeTask({ more })
    const { ask, calls } = answers()
    await runOnce(ask)
    expect(calls).toHaveLength(10)
  }
  writeTask({})
  const { ask, calls } = answers()
  await runOnce(ask, [
    { ...ownModel('large'), identity: { engine: 'llama', sha256: 'newer' } },
    ownModel('small'),
  ])
  expect(calls.map(({ model }) => model)).toEqual(Array(5).fill('large'))
})

test('a model that was only renamed is not paid for again', async () => {
  await runOnce(answers().ask)
  const { ask, calls } = answers()
  const renamed = { ...ownModel('new-small'), identity: ownModel('small').identity }
  writeTask({ candidates: '[new-small]' })
  const { outcomes } = await runOnce(ask, [ownModel('large'), renamed])
  expect(calls).toEqual([])
  expect(outcomes[1]?.model).toBe('new-small')
})

test('when asked to, a run asks everything again, and its answers take the place of the old', async () => {
  await runOnce(answers().ask)
  const other: Ask = () => Promise.resolve(reply('no idea'))
  const again = await runOnce(other, MODELS, { fresh: true })
  expect(again.outcomes.every((each) => each?.score === 0)).toBe(true)
  const { ask, calls } = answers()
  expect((await runOnce(ask)).outcomes.every((each) => each?.score === 0)).toBe(true)
  expect(calls).toEqual([])
})

test('items with the same prompt are asked once', async () => {
  appendFileSync(
    join(around.folder, 'items.jsonl'),
    `${JSON.stringify({ task: 't', item: 'twin', prompt: 'say 0', gold: '0' })}\n`,
  )
  const { ask, calls } = answers()
  const { outcomes } = await runOnce(ask)
  expect(calls).toHaveLength(10)
  expect(outcomes.filter((each) => each?.item === 'twin').map((each) => each?.score)).toEqual([1, 1])
})

test('after Ctrl-C the next run asks only for the rest', async () => {
  const { ask, calls } = answers()
  const interrupting: Ask = (call, signal) => {
    if (calls.length === 4) around.stop.abort(new Error('Ctrl-C'))
    signal.throwIfAborted()
    return ask(call, signal)
  }
  const { state, tally } = await runOnce(interrupting, MODELS, { concurrency: 1 })
  expect(state).toBe('interrupted')
  expect([calls.length, tally.done()]).toEqual([4, 4])
  comeBack()
  const rest = answers()
  const { outcomes } = await runOnce(rest.ask)
  expect(rest.calls).toHaveLength(6)
  expect(outcomes.filter((each) => each === undefined)).toEqual([])
})

/** The same folder and home, for somebody who types the command again. */
function comeBack(): void {
  const world = { ...around.world, signal: new AbortController().signal }
  around = { ...around, world, prepare: around.prepareIn(world) }
}

test('a call that fails is an outcome of 0 with its reason, and is tried again by the next run', async () => {
  const { ask } = answers()
  const failing: Ask = (call, signal) =>
    asked(call) === '2'
      ? Promise.reject(new MusivumError('upstream.rejected', 'the prompt "say 2" is not nice'))
      : ask(call, signal)
  const { outcomes, state, tally } = await runOnce(failing)
  expect(state).toBe('complete')
  expect(outcomes[4]).toEqual({
    task: 't',
    item: 'i2',
    model: 'large',
    score: 0,
    error: 'upstream.rejected: The server behind the model did not accept the request.',
  })
  expect(tally.models.map(({ failed }) => failed)).toEqual([1, 1])
  const again = answers()
  expect((await runOnce(again.ask)).outcomes[4]?.score).toBe(1)
  expect(again.calls).toHaveLength(2)
})

test('a server that fails for a while is waited for, and said once', async () => {
  const { ask } = answers()
  let failures = 6
  const shaky: Ask = (call, signal) => {
    failures -= 1
    return failures >= 0
      ? Promise.reject(new MusivumError('upstream.failed', 'It broke.'))
      : ask(call, signal)
  }
  const { tally } = await runOnce(shaky)
  expect(tally.models.map(({ failed }) => failed)).toEqual([0, 0])
  const told = around.notes.filter((line) => line.includes('upstream.failed'))
  expect(told.length).toBeLessThanOrEqual(2)
  expect(told[0]).toMatch(/^(large|small): upstream\.failed: It broke; each call is tried up to 4 times$/)
})

test('a model that answers nothing has no answer: 0, counted apart', async () => {
  const silent: Ask = ({ model }) => Promise.resolve(reply(model === 'small' ? ' \n' : '0'))
  const { outcomes, tally } = await runOnce(silent)
  expect(outcomes[1]).toMatchObject({ score: 0, answer: '' })
  expect(tally.models.map(({ unparsed }) => unparsed)).toEqual([0, 5])
})

test('samples are told apart, each with a seed of its own', async () => {
  writeTask({ more: 'samples: 3\nsampling: {seed: 40, temperature: 1}\n' })
  const { ask, calls } = answers()
  const { outcomes } = await runOnce(ask)
  expect(calls).toHaveLength(30)
  expect(outcomes.slice(0, 4).map((each) => [each?.model, each?.sample])).toEqual([
    ['large', '1'],
    ['large', '2'],
    ['large', '3'],
    ['small', '1'],
  ])
  expect(new Set(calls.map(({ seed }) => seed))).toEqual(new Set([40, 41, 42]))
})

test('the ceiling ends a run before it is exceeded, and what was paid is kept', async () => {
  // A cent each: 5 tokens in by the server's count and 5 out at a dollar per thousand.
  const paid: Ask = (call) => Promise.resolve(reply(asked(call), { cost: { kind: 'metered', nanoUsd: 1e7 } }))
  const models = [pricedModel('large'), pricedModel('small')]
  writeTask({ more: 'sampling: {max_tokens: 5}\n' })
  const { state, tally, prepared } = await runOnce(paid, models, { maxCostUsd: 0.05, concurrency: 2 })
  expect(state).toBe('ceiling')
  expect(tally.done()).toBeGreaterThanOrEqual(3)
  expect(prepared.spending.spent()).toBeLessThanOrEqual(0.05 * 1e9)
  const rest = await runOnce(paid, models)
  expect(rest.state).toBe('complete')
  expect(rest.tally.models.reduce((sum, { cached }) => sum + cached, 0)).toBe(tally.done())
})

test('a ceiling cannot be kept for a model without a price: refused before the first call, with its name', async () => {
  const { ask, calls } = answers()
  await expect(runOnce(ask, [ownModel('large'), unpricedModel('small')], { maxCostUsd: 1 })).rejects.toThrow(
    /^task\.yaml: a ceiling on cost cannot be kept, because small has no price/,
  )
  expect(calls).toEqual([])
})

test('items that cannot be scored are named before the first call is paid for', async () => {
  appendFileSync(
    join(around.folder, 'items.jsonl'),
    `${JSON.stringify({ task: 't', item: 'open', prompt: 'say anything' })}\n`,
  )
  const { ask, calls } = answers()
  await expect(runOnce(ask)).rejects.toThrow(/1 of 6 rows are wrong.*items\.jsonl:6: /)
  expect(calls).toEqual([])
})

test('a model that is not there is named with the line of the task file', async () => {
  await expect(runOnce(answers().ask, [ownModel('large')])).rejects.toThrow(
    'task.yaml:5:1: no model is called "small"',
  )
})

test('only some of the candidates and some of the items may be run', async () => {
  writeTask({ candidates: '[small, tiny]' })
  const { ask, calls } = answers()
  await runOnce(ask, MODELS, { candidates: ['tiny'], limit: 2 })
  expect(calls.map(({ model }) => model).toSorted()).toEqual(['large', 'large', 'tiny', 'tiny'])
  await expect(runOnce(ask, MODELS, { candidates: ['huge'] })).rejects.toThrow(
    '"huge" is no candidate of task.yaml; it names small, tiny',
  )
})

test('a run whose model fails on every call ends, because its outcomes would say nothing about the model', async () => {
  around.store.close()
  around = runWorld('', 60)
  const broken: Ask = () => Promise.reject(new MusivumError('upstream.credentials', 'the key is wrong'))
  await expect(runOnce(broken)).rejects.toThrow(
    /^(large|small) failed on 20 calls in a row, so the run was ended; the last: upstream\.credentials: the key is wrong$/,
  )
})

test('prompts that are too long for the model are its outcomes, however many', async () => {
  around.store.close()
  around = runWorld('', 60)
  const long: Ask = () => Promise.reject(new MusivumError('context_length_exceeded', 'too long'))
  const { state, tally } = await runOnce(long)
  expect([state, tally.done()]).toEqual(['complete', 120])
})

test('a store that takes no answers ends the run: the next answers would be paid for and lost', async () => {
  const { ask } = answers()
  const prepared = await around.prepare(ask, MODELS)
  around.store.close()
  await expect(prepared.run()).rejects.toMatchObject({ code: 'store.unavailable' })
  around = runWorld()
})

test('verdicts that are shown on the way follow the drawn order and may be looked at at any time', async () => {
  around.store.close()
  around = runWorld('', 400)
  const worse: Ask = (call) => Promise.resolve(reply(call.model === 'small' ? 'no' : asked(call)))
  const prepared = await around.prepare(worse, MODELS)
  const seen = new Set<string>()
  await prepared.run(({ watched }) => {
    for (const { n, verdict } of watched()) if (n > 0) seen.add(verdict)
  })
  expect([...seen]).toEqual(['undecided', 'inferior'])
})

/** Answers, and judges whatever it is shown. */
function judging(verdict: string) {
  const calls: Call[] = []
  const ask: Ask = (call) => {
    calls.push(call)
    return Promise.resolve(reply(call.model === 'tiny' ? verdict : asked(call)))
  }
  return { ask, calls }
}

test('what a judge is asked is kept too: judging again costs nothing', async () => {
  writeTask({ scorer: '{kind: judge, model: tiny}' })
  const first = judging('{"reason": "right", "score": 4}')
  const { outcomes, prepared } = await runOnce(first.ask)
  expect(outcomes.map((each) => each?.score)).toEqual(Array(10).fill(0.75))
  // Both models gave the same answer to each item, so the judge was shown it once.
  expect(first.calls.filter(({ model }) => model === 'tiny')).toHaveLength(5)
  expect(prepared.lock['judge']).toMatchObject({ name: 'tiny', sha256: 'tiny' })
  const again = judging('{"reason": "wrong", "score": 1}')
  expect((await runOnce(again.ask)).outcomes).toEqual(outcomes)
  expect(again.calls).toEqual([])
})

test('a judge that only looks at the order is counted as changing its mind, and decides nothing', async () => {
  writeTask({ scorer: '{kind: judge, model: tiny, mode: pairwise}' })
  const { outcomes, tally } = await runOnce(judging('{"reason": "it is first", "winner": "first"}').ask)
  expect(outcomes.every((each) => each?.score === 0.5)).toBe(true)
  expect(tally.models.map(({ judged, flipped }) => [judged, flipped])).toEqual([
    [5, 5],
    [5, 5],
  ])
})

test('a judge that is not there, or has no price under a ceiling, is refused before anything is paid', async () => {
  writeTask({ scorer: '{kind: judge, model: tinny}' })
  const { ask, calls } = judging('{"score": 5}')
  await expect(runOnce(ask)).rejects.toThrow('task.yaml:3:1: no model is called "tinny"')
  writeTask({ scorer: '{kind: judge, model: tiny}' })
  const models = [ownModel('large'), ownModel('small'), unpricedModel('tiny')]
  await expect(runOnce(ask, models, { maxCostUsd: 1 })).rejects.toThrow('because tiny has no price')
  expect(calls).toEqual([])
})
