import { getLlama, LlamaLogLevel, type BatchItem, type LlamaContext, type Token } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sharedBatches, type SharedBatches } from './shared-batches.ts'
import { STARTER_S1 } from './starter-engine.conformance.ts'

const SLOTS = 4
const TOKENS = 12

let batches: SharedBatches
let context: LlamaContext
/** How many went into each batch. */
const sizes: number[] = []

beforeAll(async () => {
  const llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1, logLevel: LlamaLogLevel.error })
  const model = await llama.loadModel({ modelPath: STARTER_S1, gpuLayers: 0 })
  batches = sharedBatches()
  context = await model.createContext({
    sequences: SLOTS,
    contextSize: 64,
    threads: 1,
    batching: {
      itemPrioritizationStrategy(options) {
        const chosen = batches.prioritise(options)
        if (chosen.length > 0) sizes.push(chosen.length)
        return chosen
      },
    },
  })
})
afterAll(() => context.dispose())

/** Writes as an answer does; `begun` after each token. */
async function write(limit: number, begun: (count: number) => void = () => undefined): Promise<void> {
  const sequence = context.getSequence()
  const member = batches.join()
  let count = 0
  try {
    await member.next()
    for await (const _ of sequence.evaluate([1 as Token], { yieldEogToken: true })) {
      begun((count += 1))
      if (count === limit) return
      await member.next()
    }
  } finally {
    member.leave()
    await batches.between(() => sequence.clearHistory())
    await sequence.dispose()
  }
}

describe('in the batches of a context', () => {
  test.for([2, 3, 4])('all of %i who write are in each', async (writers) => {
    sizes.length = 0
    await Promise.all(Array.from({ length: writers }, () => write(TOKENS)))
    expect(sizes).toEqual(Array.from({ length: TOKENS }, () => writers))
  })

  test('there is room between two for who needs the context, while others write on', async () => {
    const spare = context.getSequence()
    await spare.evaluateWithoutGeneratingNewTokens([1, 2, 3] as Token[])
    const counts = [0, 0]
    let atEmpty: readonly number[] | undefined
    const look = (writer: number) => (count: number) => {
      counts[writer] = count
      if (writer === 0 && count === 3) {
        void batches.between(() => spare.clearHistory()).then(() => (atEmpty = [...counts]))
      }
    }
    await Promise.all([write(TOKENS, look(0)), write(TOKENS, look(1))])
    expect(spare.nextTokenIndex).toBe(0)
    // The batch that was running has ended, and no other began before.
    expect(atEmpty).toEqual([3, 3])
    await spare.dispose()
  })

  test('whoever waits for something else does not hold up the others', async () => {
    const absent = batches.join()
    sizes.length = 0
    await Promise.all([write(TOKENS), write(TOKENS)])
    absent.leave()
    expect(sizes).toHaveLength(TOKENS)
  })
})

describe('a batch', () => {
  const item = (length: number): BatchItem => ({
    tokens: Array.from({ length }, () => 1 as Token),
    logits: [],
    evaluationPriority: 5,
  })
  const amounts = (lengths: readonly number[], size: number) =>
    sharedBatches()
      .prioritise({ items: lengths.map(item), size })
      .map(({ item: { tokens }, processAmount }) => [tokens.length, processAmount])

  test('has a token of each who writes, and equal parts of the prompts that are read', () => {
    expect(amounts([400, 1, 1, 600], 512)).toEqual([
      [1, 1],
      [1, 1],
      [400, 255],
      [600, 255],
    ])
  })

  test('has all of a prompt where others leave room', () => {
    expect(amounts([900, 100], 512)).toEqual([
      [100, 100],
      [900, 412],
    ])
  })
})
