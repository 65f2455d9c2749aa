import { expect, test } from 'vitest'
import { engineMeter } from './engine-meter.ts'
import type { DoneReport } from './protocol.ts'

const done: DoneReport = {
  kind: 'done',
  id: 1,
  reason: 'stop',
  promptTokens: 100,
  reusedTokens: 60,
  evaluatedTokens: 40,
  outputTokens: 11,
  promptMs: 20,
  writingMs: 100,
  residentBytes: 1,
}

test('a model that has answered nothing has no speed yet', () => {
  expect(engineMeter().facts()).toEqual({
    promptTokens: { reused: 0, evaluated: 0 },
    tokensPerSecond: { prompt: null, answer: null },
  })
})

test('speed is of what was evaluated; the first token of an answer is the end of the prompt', () => {
  const meter = engineMeter()
  meter.add(done)
  meter.add({ ...done, outputTokens: 1, writingMs: 0 })
  expect(meter.facts()).toEqual({
    promptTokens: { reused: 120, evaluated: 80 },
    tokensPerSecond: { prompt: 2000, answer: 100 },
  })
})

test('speed is that of lately', () => {
  const meter = engineMeter()
  for (let answer = 0; answer < 50; answer += 1) meter.add(done)
  for (let answer = 0; answer < 50; answer += 1) meter.add({ ...done, writingMs: 1000 })
  expect(meter.facts().tokensPerSecond.answer).toBeCloseTo(10, 0)
})
