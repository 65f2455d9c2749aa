import { describe, expect, test } from 'vitest'
import { families } from '../catalog/licences/families.ts'
import { findLicence } from '../catalog/licences/find-licence.ts'
import { familyLicence, lineageOf, strictest } from './lineage.ts'
import { makers } from './makers.ts'
import { provenanceOf, type ProvenanceFacts } from './provenance.ts'
import { parseSource } from './source.ts'

describe('makers', () => {
  test('name families and licences that there are records of', () => {
    const all = makers.flatMap(({ families: own }) => own)
    expect(all.length).toBeGreaterThan(20)
    for (const { family, licence } of all) {
      const record = licence ?? families.find((each) => each.family === family)?.licence
      expect(findLicence(record ?? '')?.id, family).toBe(record)
    }
  })

  test.each([
    ['meta-llama/Llama-3.1-8B-Instruct', 'llama-3.1'],
    ['Qwen/Qwen2.5-3B-Instruct', 'qwen-research'],
    ['Qwen/Qwen3-8B-GGUF', 'apache-2.0'],
    ['deepseek-ai/DeepSeek-R1-Distill-Llama-70B', 'llama-3.3'],
    ['deepseek-ai/DeepSeek-V3', 'deepseek-model-1.0'],
    ['deepseek-ai/DeepSeek-V3-0324', 'mit'],
    ['google/gemma-3-27b-it', 'gemma'],
    ['CohereForAI/aya-23-8B', 'cc-by-nc-4.0'],
  ])('%s is under %s', (repository, licence) => {
    expect(familyLicence(repository)?.id).toBe(licence)
  })

  test.each(['somebody/Llama-3.1-8B', 'Qwen/unknown', 'plain', ''])('%j says nothing', (repository) => {
    expect(familyLicence(repository)).toBeUndefined()
  })
})

describe('the effective licence', () => {
  const strictestOf = (...names: string[]) => strictest(names.flatMap((name) => findLicence(name) ?? []))?.id

  test('is the strictest on the way: a permissive label on a fine-tune grants nothing its base did not', () => {
    expect(strictestOf('apache-2.0', 'llama-3.1')).toBe('llama-3.1')
    expect(strictestOf('mit', 'apache-2.0', 'cc-by-nc-4.0', 'llama-3')).toBe('cc-by-nc-4.0')
    expect(strictestOf('apache-2.0')).toBe('apache-2.0')
    expect(strictestOf()).toBeUndefined()
  })

  test('reads ancestors as cards and headers write them, each once', () => {
    expect(
      lineageOf(['https://huggingface.co/meta-llama/Llama-3.1-8B/', 'meta-llama/Llama-3.1-8B', 'a/b\u0007']),
    ).toEqual([
      { model: 'meta-llama/Llama-3.1-8B', licence: 'llama-3.1' },
      { model: 'a/b ', licence: null },
    ])
  })
})

describe('provenance', () => {
  const facts: ProvenanceFacts = {
    source: parseSource('hf:Qwen/Qwen3-8B-GGUF:Q4_K_M'),
    fromHub: true,
    hashesListed: true,
    lineage: lineageOf(['Qwen/Qwen3-8B']),
    headerDeclares: true,
  }
  const level = (changed: Partial<ProvenanceFacts>) => provenanceOf({ ...facts, ...changed }).level

  test('is 3 where the maker lists the hash, 1 where somebody declares, 0 where nobody does', () => {
    expect(level({})).toBe(3)
    expect(level({ hashesListed: false })).toBe(1)
    expect(level({ source: parseSource('hf:somebody/Qwen3-8B-GGUF') })).toBe(1)
    expect(level({ source: parseSource('x.gguf'), lineage: [] })).toBe(1)
    expect(level({ source: parseSource('x.gguf'), lineage: [], headerDeclares: false })).toBe(0)
  })

  test('is not 3 where a mirror answered: it could list any hash beside its own file', () => {
    expect(provenanceOf({ ...facts, fromHub: false })).toEqual({
      level: 1,
      why: 'a mirror says that it is Qwen/Qwen3-8B-GGUF',
    })
  })
})
