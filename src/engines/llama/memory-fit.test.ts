import { describe, expect, test } from 'vitest'
import { fitContext, type FitQuestion } from './memory-fit.ts'

const GIB = 1024 ** 3

/** An 8 B model: 128 KiB of context per token, trained with 131,072. */
const large: FitQuestion = {
  model: 'large',
  weightsBytes: 4.9 * GIB,
  availableBytes: 16 * GIB,
  contextBytesPerToken: 128 * 1024,
  trainedTokens: 131_072,
}

describe('what fits into memory', () => {
  test('a small model gets all it was trained with, in four slots', () => {
    expect(
      fitContext({ ...large, weightsBytes: 5_000_000, contextBytesPerToken: 3072, trainedTokens: 512 }),
    ).toEqual({
      slots: 4,
      contextTokens: 512,
    })
  })

  test('context shrinks before slots are given up, and slots before the model is refused', () => {
    expect(fitContext(large)).toMatchObject({ slots: 4 })
    expect(fitContext({ ...large, availableBytes: 8 * GIB })).toMatchObject({ slots: 2 })
    expect(fitContext({ ...large, availableBytes: 6 * GIB })).toMatchObject({ slots: 1 })
  })

  test('what it gives is within what is free', () => {
    for (let gib = 6; gib <= 64; gib += 1) {
      const { slots, contextTokens } = fitContext({ ...large, availableBytes: gib * GIB })
      expect(large.weightsBytes + slots * contextTokens * large.contextBytesPerToken).toBeLessThan(gib * GIB)
    }
  })

  test('what was configured is taken or refused, never changed', () => {
    expect(fitContext({ ...large, wantedSlots: 8, wantedTokens: 1024 })).toEqual({
      slots: 8,
      contextTokens: 1024,
    })
    expect(() => fitContext({ ...large, wantedSlots: 16, wantedTokens: 8192 })).toThrow(
      expect.objectContaining({
        code: 'engine.out_of_memory',
        message: expect.stringMatching(/needs 21\.\d GiB .* 16\.0 GiB are free/) as string,
      }),
    )
  })

  test('weights that do not fit at all are refused with the numbers', () => {
    expect(() => fitContext({ ...large, availableBytes: 4 * GIB })).toThrow(/4\.0 GiB are free/)
  })

  test('more context than a model was trained with is a mistake in the configuration', () => {
    expect(() => fitContext({ ...large, trainedTokens: 512, wantedTokens: 8192 })).toThrow(
      expect.objectContaining({ code: 'config.invalid' }),
    )
  })
})
