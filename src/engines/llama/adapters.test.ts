import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { GgufHeader, GgufTensor } from '../../catalog/gguf/header.ts'
import type { AdapterFile } from '../../catalog/model.ts'
import { context, failureOf, permitFor } from '../conformance/engine.conformance.ts'
import type { Engine } from '../engine.ts'
import { checkAdapter } from './check-adapter.ts'
import { readGgufHeader } from './gguf.ts'
import { memoryNeed } from './memory-fit.ts'
import { processFamilies } from './process-families.ts'
import {
  openStarter,
  saying,
  starterFile,
  STARTER_L,
  STARTER_S1,
  textOf,
} from './starter-engine.conformance.ts'

const URGENCY = starterFile('starter-s1-urgency-lora-f16.gguf')
const ADAPTERS: readonly AdapterFile[] = [
  { name: 'urgency', path: URGENCY },
  { name: 'gone', path: starterFile('gone-lora-f16.gguf') },
  { name: 'whole', path: STARTER_S1 },
  { name: 'other', path: URGENCY, sha256: '0'.repeat(64) },
]

/** The models of one entry of a configuration, as the gateway opens them. */
function openFamily(weights: string, log: (line: string) => void = () => undefined) {
  const families = processFamilies()
  const family = { base: 'starter', adapters: ADAPTERS }
  const deps = { families, log }
  return {
    base: openStarter({ weights, family, deps }),
    adapted: (name: string) => {
      const { path, sha256 } = ADAPTERS.find((each) => each.name === name) ?? { path: '' }
      const adapter = { adapter: path, ...(sha256 !== undefined && { adapterSha256: sha256 }) }
      return openStarter({ weights, family, ...adapter, deps })
    },
  }
}

type Row = { readonly item: string; readonly model: string; readonly answer: string }
type Item = { readonly id: string; readonly prompt: string }

function rows<T>(file: string): readonly T[] {
  return readFileSync(starterFile(file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
}

describe('weights and an adapter on them in one process', () => {
  const log: string[] = []
  const family = openFamily(STARTER_S1, (line) => log.push(line))
  let adapted: Engine
  beforeAll(() => {
    adapted = family.adapted('urgency')
  })
  afterAll(() => Promise.all([family.base.close(), adapted.close()]))

  test('each answers as was recorded of a process of its own, side by side', async () => {
    const urgent = rows<Item>('eval.jsonl').filter(({ prompt }) => prompt.startsWith('Urgency:'))
    const outcomes = rows<Row>('outcomes.jsonl')
    const recorded = (item: string, model: string) =>
      outcomes.find((row) => row.item === item && row.model === model)?.answer
    const asked = urgent.slice(0, 12).flatMap(({ id, prompt }) => [
      { engine: family.base, prompt, expected: recorded(id, 's1') },
      { engine: adapted, prompt, expected: recorded(id, 's1+urgency') },
    ])
    expect(asked).toHaveLength(24)
    const said = await Promise.all(
      asked.map(({ engine, prompt }) => textOf(engine, saying(prompt, { maxOutputTokens: 64 }))),
    )
    expect(said.map((text) => text.trim())).toEqual(asked.map(({ expected }) => expected))
    const different = asked.filter(
      ({ expected }, index) => index % 2 === 1 && expected !== asked[index - 1]?.expected,
    )
    // Otherwise this would be true of an adapter that is left out.
    expect(different.length).toBeGreaterThan(3)
  })

  test('it was loaded once, and both say the same process', () => {
    expect(log.filter((line) => line.includes('loaded in'))).toHaveLength(1)
    const [one, other] = [family.base, adapted].map((engine) => engine.state())
    expect(one).toMatchObject({ kind: 'ready', process: { pid: expect.any(Number) as number } })
    expect(other).toMatchObject({ process: (one as { process: object }).process })
  })

  test('unloading one unloads both, and the next request of either loads it again', async () => {
    await adapted.weights?.unload('when-done')
    expect(family.base.state().kind).toBe('idle')
    await textOf(adapted, saying('Urgency: I cannot breathe.'))
    expect(family.base.state().kind).toBe('ready')
  })

  test('vectors are the weights’ own, so they are not given in the name of the adapter', async () => {
    const request = { inputs: ['one text'], extra: {} }
    const error = await failureOf(adapted.embed(permitFor(adapted.model), request, context()))
    expect(error.code).toBe('request.unsupported')
    expect(error.message).toContain('an adapter, which the engine leaves out when it embeds')
    expect(adapted.capabilities.embeddings).toBe(false)
    const own = await family.base.embed(permitFor(family.base.model), request, context())
    expect(own.vectors).toHaveLength(1)
  })

  test.each([
    ['gone', 'engine.weights_missing', 'The weights file gone-lora-f16.gguf is not there.'],
    ['whole', 'engine.weights_damaged', 'starter-s1-q8_0.gguf: this is not an adapter.'],
    [
      'other',
      'engine.weights_damaged',
      /^starter-s1-urgency-lora-f16\.gguf: sha256 is [0-9a-f]{12}…, expected 000000000000…/,
    ],
  ])('the adapter %s is one clear line, and the weights go on', async (name, code, line) => {
    const broken = family.adapted(name)
    const error = await failureOf(textOf(broken, saying('Urgency: x')))
    await broken.close()
    expect(error.code).toBe(code)
    expect(error.message).toMatch(line)
    expect(await textOf(family.base, saying('Language: Wo ist die Apotheke?'))).not.toBe('')
    expect(family.base.state().kind).toBe('ready')
  })

  test('closing one leaves the process to the other; the last one ends it', async () => {
    const line = /starter: loaded/
    const before = log.filter((each) => line.test(each)).length
    const third = family.adapted('urgency')
    await third.close()
    expect(await failureOf(textOf(third, saying('Urgency: x')))).toMatchObject({ code: 'gateway.stopping' })
    await textOf(family.base, saying('Urgency: x'))
    expect(log.filter((each) => line.test(each))).toHaveLength(before)
    const state = family.base.state()
    const pid = state.kind === 'ready' ? (state.process?.pid ?? 0) : 0
    await Promise.all([family.base.close(), adapted.close()])
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'))
  })
})

test('an adapter for other weights is one clear line, and those weights answer', async () => {
  const family = openFamily(STARTER_L)
  const adapted = family.adapted('urgency')
  try {
    const error = await failureOf(textOf(adapted, saying('Urgency: x')))
    expect(error.message).toBe(
      'starter-s1-urgency-lora-f16.gguf was made for other weights than starter-l-q8_0.gguf: its blk.0.attn_q.weight is 128 x 128, and theirs 256 x 256.',
    )
    expect(error.code).toBe('config.invalid')
    expect(await textOf(family.base, saying('Urgency: x'))).not.toBe('')
  } finally {
    await Promise.all([family.base.close(), adapted.close()])
  }
})

describe('an adapter is compared with its weights', () => {
  let base: GgufHeader
  let adapter: GgufHeader
  beforeAll(async () => {
    ;[base, adapter] = await Promise.all([readGgufHeader(STARTER_S1), readGgufHeader(URGENCY)])
  })

  const lineOf = (header: GgufHeader): string => {
    try {
      checkAdapter({ header, file: 'a.gguf' }, { header: base, file: 'w.gguf' })
      return 'fits'
    } catch (thrown) {
      return thrown instanceof Error ? thrown.message : String(thrown)
    }
  }
  const changed = (change: (tensor: GgufTensor) => Partial<GgufTensor> | undefined): GgufHeader => ({
    ...adapter,
    tensors: adapter.tensors.flatMap((tensor) => {
      const other = change(tensor)
      return other === undefined ? [] : [{ ...tensor, ...other }]
    }),
  })
  const said = (key: string, value: string): GgufHeader => ({
    ...adapter,
    metadata: new Map([...adapter.metadata, [key, value]]),
  })

  test('and fits the one it was made for', () => {
    expect(lineOf(adapter)).toBe('fits')
  })

  test('before the engine meets what is wrong', () => {
    const other = 'a.gguf was made for other weights than w.gguf: '
    expect(lineOf(said('general.architecture', 'qwen3\u0007'))).toBe(
      `${other}it is for the architecture qwen3?, and these are llama.`,
    )
    expect(lineOf(said('adapter.type', 'control_vector'))).toContain('of the kind control_vector, not a LoRA')
    expect(lineOf(changed(() => undefined))).toContain('there are no matrices in it')
    expect(lineOf(changed(({ name }) => (name.endsWith('attn_q.weight.lora_b') ? undefined : {})))).toContain(
      'blk.0.attn_q.weight is not a pair of matrices',
    )
    expect(lineOf(changed(({ name }) => ({ name: name.replace('attn_q', 'ssm_in') })))).toBe(
      `${other}it changes blk.0.ssm_in.weight, which is not in these.`,
    )
    expect(lineOf(changed(({ name }) => (name.endsWith('lora_b') ? { shape: [4, 128] } : {})))).toBe(
      `${other}the pair of blk.0.attn_q.weight does not multiply.`,
    )
  })
})

test('every adapter is promised contexts of its own', async () => {
  const header = await readGgufHeader(STARTER_L)
  const question = { model: 'l', header, binding: { engine: 'llama', weights: STARTER_L } } as const
  const size = { slots: 4, contextTokens: 512 }
  const [alone, family] = [memoryNeed(question), memoryNeed({ ...question, contexts: 3, adapterBytes: 1000 })]
  const process = 200 * 1024 * 1024
  const own = (bytes: number) => bytes - process - header.fileBytes * 0.05
  expect(own(family.besideBytes(size) - 1000) / own(alone.besideBytes(size))).toBeCloseTo(3, 3)
  expect(family.weightsBytes).toBe(alone.weightsBytes)
})
