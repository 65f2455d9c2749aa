import type { LlamaContextSequence, Token } from 'node-llama-cpp'
import { describe, expect, test } from 'vitest'
import { sequencePool, type Reader } from './sequence-pool.ts'
import { sharedBatches } from './shared-batches.ts'

/** The library's sequence as far as the pool knows it. `work` fills it as an answer would. */
class Sequence {
  tokens: number[] = []
  /** Sliding window: the first position that is still there. */
  start = 0
  needsCheckpoints = false
  model = { fileInsights: { swaSize: undefined as number | undefined } }
  get nextTokenIndex() {
    return this.tokens.length
  }
  get stateCellsStartIndex() {
    return this.start
  }
  compareContextTokens(wanted: readonly number[]) {
    const different = this.tokens.findIndex((token, index) => token !== wanted[index])
    return { firstDifferentIndex: different === -1 ? this.tokens.length : different }
  }
  async adaptStateToTokens(wanted: readonly number[]) {
    this.tokens.length = this.compareContextTokens(wanted).firstDifferentIndex
  }
  async clearHistory() {
    this.tokens = []
  }
}

function poolOf(...sequences: Sequence[]) {
  const pool = sequencePool(sequences as unknown as LlamaContextSequence[], sharedBatches())
  const reader = (prompt: readonly number[], tenant?: string): Reader => ({
    prompt: prompt as Token[],
    ...(tenant !== undefined && { tenant }),
  })
  return {
    /** Reads a prompt, as an answer does, and returns how many of its tokens the sequence had. */
    read: (prompt: readonly number[], tenant?: string) =>
      pool.use(reader(prompt, tenant), async (sequence) => {
        const held = sequence.nextTokenIndex
        const own = sequence as unknown as Sequence
        own.tokens = [...prompt]
        return held
      }),
    fail: (tenant: string) =>
      pool.use(reader([1], tenant), () => Promise.reject(new Error('the engine failed'))),
  }
}

const upTo = (length: number) => Array.from({ length }, (_, index) => index)
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('the choice of a sequence', () => {
  test('leaves a long conversation alone where little of it would be of use', async () => {
    const [first, second] = [new Sequence(), new Sequence()]
    const { read } = poolOf(first, second)
    await read(upTo(100), 'a')
    expect(await read([0, 1, 7, 7, 7, 7], 'a')).toBe(0)
    expect([first.nextTokenIndex, second.nextTokenIndex].toSorted((a, b) => a - b)).toEqual([6, 100])
  })

  test('that is the only one keeps even a short beginning, of its own tenant', async () => {
    const { read } = poolOf(new Sequence())
    await read(upTo(100), 'a')
    expect(await read([0, 1, 7, 7, 7, 7], 'a')).toBe(2)
    expect(await read([0, 1, 8], 'b')).toBe(0)
  })
})

describe('a sequence', () => {
  test('never holds all of a prompt: its last token is what the answer is drawn after', async () => {
    const { read } = poolOf(new Sequence())
    await read(upTo(10), 'a')
    expect(await read(upTo(10), 'a')).toBe(9)
    expect(await read(upTo(5), 'a')).toBe(4)
  })

  test('of nobody is emptied before anybody may have it', async () => {
    const sequence = new Sequence()
    const { read } = poolOf(sequence)
    await read(upTo(10))
    await settled()
    expect(sequence.tokens).toEqual([])
  })

  test('in which the engine failed is emptied, and used again', async () => {
    const { read, fail } = poolOf(new Sequence())
    await read([1, 2, 3], 'a')
    await expect(fail('a')).rejects.toThrow('the engine failed')
    expect(await read([1, 2, 3], 'a')).toBe(0)
  })

  test.each([
    ['all of the window is there', 59, 90],
    ['some of the window has gone', 61, 0],
    ['the window has gone, and the library goes back to a checkpoint or to nothing', 95, 90],
  ])('with a sliding window goes back where %s', async (_, start, held) => {
    const sequence = new Sequence()
    sequence.needsCheckpoints = true
    sequence.model.fileInsights.swaSize = 30
    const { read } = poolOf(sequence)
    await read(upTo(100), 'a')
    sequence.start = start
    expect(await read([...upTo(90), 7, 7], 'a')).toBe(held)
  })
})
