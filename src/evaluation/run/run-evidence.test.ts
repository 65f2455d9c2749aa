import { rmSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import type { Scorer } from '../../evidence/scorers/scorer.ts'
import type { Ask } from '../ask.ts'
import { ownModel, reply } from './given-world.conformance.ts'
import { keptAsk } from './kept-ask.ts'
import { runEvidence } from './run-evidence.ts'
import { asked, runWorld } from './run-world.conformance.ts'

let around: ReturnType<typeof runWorld>
beforeEach(() => {
  around = runWorld('limits: {scorer_timeout_s: 0.1}\n', 8)
})
afterEach(() => {
  around.store.close()
  rmSync(around.folder, { recursive: true, force: true })
})

const answer: Ask = (call) => Promise.resolve(reply(asked(call)))

/** A run with a scorer that only this test knows. */
async function runScored(score: Scorer['score']) {
  const { plan } = await around.prepare(answer, [ownModel('large'), ownModel('small')], { concurrency: 1 })
  const scorer: Scorer = { name: 'given', settings: {}, fault: () => undefined, score }
  const ask = keptAsk(around.store, (_, call, signal) => answer(call, signal), { fresh: false })
  return runEvidence({ plan, scorer, ask, signal: around.stop.signal })
}

test('a scorer that throws on one answer is an error of the scorer, and says nothing of the answer', async () => {
  const { outcomes, tally } = await runScored((item, output) => {
    if (item.item === 'i5') throw new TypeError(`cannot read "${output}"`)
    return { kind: 'scored', score: 1, answer: output }
  })
  const errors = outcomes.filter((each) => each?.error !== undefined)
  expect(errors.map((each) => [each?.item, each?.score, each?.error])).toEqual([
    ['i5', 0, 'scorer: threw TypeError'],
    ['i5', 0, 'scorer: threw TypeError'],
  ])
  expect(tally.models.map(({ scorerFailed }) => scorerFailed)).toEqual([1, 1])
})

test('what a scorer of ours says of its failure is told', async () => {
  const { outcomes } = await runScored((item) => {
    if (item.item === 'i5') throw new MusivumError('request.invalid', 'the judge wrote no JSON')
    return { kind: 'scored', score: 1, answer: 'x' }
  })
  expect(outcomes.find((each) => each?.item === 'i5')?.error).toBe('scorer: the judge wrote no JSON')
})

test('a scorer that fails on the first answers ends the run with its reason', async () => {
  await expect(
    runScored(() => {
      throw new MusivumError('request.invalid', 'score.js:3: nothing is exported')
    }),
  ).rejects.toThrow(
    'the scorer failed on the first 5 answers, so the run was ended; the last: score.js:3: nothing is exported',
  )
})

test('a scorer that hangs is ended by its time limit', async () => {
  const { outcomes } = await runScored((item) =>
    item.item === 'i2' ? new Promise(() => undefined) : { kind: 'scored', score: 1, answer: 'x' },
  )
  expect(outcomes.filter((each) => each?.error === 'scorer: no score within 0.1 s')).toHaveLength(2)
})

test('a score outside 0..1 or NaN is an error of the scorer', async () => {
  const scores = new Map([
    ['i1', 1.5],
    ['i2', Number.NaN],
    ['i3', -0.1],
  ])
  const { outcomes } = await runScored((item) => ({
    kind: 'scored',
    score: scores.get(item.item) ?? 1,
    answer: 'x',
  }))
  const errors = outcomes.filter((each) => each?.model === 'large').map((each) => each?.error)
  expect(errors).toEqual([
    undefined,
    'scorer: the score is 1.5; expected a number from 0 to 1',
    'scorer: the score is NaN; expected a number from 0 to 1',
    'scorer: the score is -0.1; expected a number from 0 to 1',
    ...Array<undefined>(4).fill(undefined),
  ])
})

test('Ctrl-C while a scorer works ends the run, and the answer is kept', async () => {
  const running = runScored(
    (_, __, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('stopped')))
        around.stop.abort(new Error('Ctrl-C'))
      }),
  )
  expect((await running).state).toBe('interrupted')
  expect(around.store.answerFigures('{"engine":"llama","sha256":"large"}').answers).toBeGreaterThan(0)
})
