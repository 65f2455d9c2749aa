import { describe, expect, test } from 'vitest'
import { firstWeights, leastMemoryBytes } from './first-weights.ts'

const GB = 1e9
const plenty = { diskBytes: 1000 * GB, bandwidth: 1000 * GB }

describe('the first weights for a machine', () => {
  test.each([
    [96, 'gpt-oss-120b'],
    [32, 'qwen-3-32b'],
    [16, 'gpt-oss-20b'],
    [8, 'qwen-3-8b'],
    [4.5, 'qwen-3-4b'],
    [2, 'qwen-3-0.6b'],
  ])('with %d GB of fast memory are %s', (gigabytes, name) => {
    const found = firstWeights({ ...plenty, memoryBytes: gigabytes * GB })
    expect(found?.name).toBe(name)
    expect(found?.memoryBytes).toBeLessThanOrEqual(gigabytes * GB)
  })

  test('on slow memory a model with few active weights is better than a denser one that people outread', () => {
    const found = firstWeights({ memoryBytes: 32 * GB, diskBytes: 100 * GB, bandwidth: 10 * GB })
    expect(found).toMatchObject({
      name: 'qwen-3-30b-a3b',
      source: 'hf:Qwen/Qwen3-30B-A3B-GGUF:Q4_K_M',
    })
    expect(found?.tokensPerSecondBound).toBeGreaterThan(3)
  })

  test('a full disk counts as much as full memory', () => {
    expect(firstWeights({ ...plenty, memoryBytes: 96 * GB, diskBytes: 3 * GB })?.name).toBe('qwen-3-4b')
  })

  test('where none is fast the fastest is named', () => {
    const slow = { memoryBytes: 32 * GB, diskBytes: 100 * GB, bandwidth: 0.1 * GB }
    expect(firstWeights(slow)?.name).toBe('qwen-3-0.6b')
  })

  test('below the least that any needs there is none', () => {
    expect(firstWeights({ ...plenty, memoryBytes: leastMemoryBytes() - 1 })).toBeUndefined()
    expect(firstWeights({ ...plenty, memoryBytes: leastMemoryBytes() })?.name).toBe('qwen-3-0.6b')
  })

  test('every source is one that can be pulled', () => {
    for (const gigabytes of [96, 32, 20, 16, 12, 8, 4.5, 3.5, 2]) {
      const { source } = firstWeights({ ...plenty, memoryBytes: gigabytes * GB }) ?? {}
      expect(source).toMatch(/^hf:[\w-]+\/[\w.-]+-GGUF:(Q4_K_M|Q8_0|MXFP4)$/)
    }
  })
})
