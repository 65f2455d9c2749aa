import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ggufHeaderBytes } from '../../catalog/gguf/gguf-bytes.conformance.ts'
import { shelfOf } from '../../weights/shelf.ts'
import { packageRoot } from '../package-files.ts'
import { systemClock } from '../system-ports.ts'
import { checkModels } from './check-models.ts'
import { loadConfig } from './load-config.ts'

const home = mkdtempSync(join(tmpdir(), 'musivum-check-'))
afterAll(() => rmSync(home, { recursive: true }))

const S1 = 'models/starter/starter-s1-q8_0.gguf'
const LORA = 'models/starter/starter-s1-urgency-lora-f16.gguf'

async function findings(yaml: string) {
  const file = join(home, 'musivum.yaml')
  writeFileSync(file, `models:\n${yaml}`)
  const { models } = loadConfig({ file, env: {}, cwd: packageRoot, home, packageRoot, clock: systemClock })
  const found = await checkModels(models, shelfOf(home))
  return found.map(({ path, text, never }) => `${path.join('.')}: ${never ? 'never' : 'warning'}: ${text}`)
}

/** An adapter of one pair that fits starter-s1, and says what it was made for. */
function saveAdapter(file: string, madeFor: string): string {
  const { header, fileBytes } = ggufHeaderBytes({
    metadata: [
      ['general.architecture', 'llama'],
      ['general.type', 'adapter'],
      ['adapter.type', 'lora'],
      ['general.base_model.count', 1],
      ['general.base_model.0.repo_url', madeFor],
    ],
    tensors: [
      { name: 'blk.0.attn_q.weight.lora_a', shape: [128, 4], type: 'F32' },
      { name: 'blk.0.attn_q.weight.lora_b', shape: [4, 128], type: 'F32' },
    ],
  })
  writeFileSync(join(home, file), Buffer.concat([header, Buffer.alloc(fileBytes - header.length)]))
  return file
}

describe('before anybody asks', () => {
  test('what fits is not spoken of', async () => {
    const yaml = `  a: { engine: llama, weights: ${S1}, context_tokens: 512, adapters: { urgency: ${LORA} }, fallbacks: ["a:urgency", starter-l] }\n`
    expect(await findings(yaml)).toEqual([])
  })

  test('more context than the weights were trained for is a warning at its key', async () => {
    expect(
      await findings(`  a: { engine: llama, weights: ${S1}, context_tokens: 4096, min_context: 600 }\n`),
    ).toEqual([
      expect.stringMatching(
        /^models\.a\.context_tokens: warning: 4096 tokens of context are more than the 512 that/,
      ),
      expect.stringMatching(/^models\.a\.min_context: warning: 600 tokens of context/),
    ])
  })

  test('an adapter for other weights, weights as an adapter and an adapter as weights can never answer', async () => {
    const l = 'models/starter/starter-l-q8_0.gguf'
    const yaml = `  a: { engine: llama, weights: ${l}, adapter: ${LORA} }
  b: { engine: llama, weights: ${l}, adapters: { one: ${LORA}, two: ${S1} } }
  c: { engine: llama, weights: ${LORA} }
`
    const made = `never: starter-s1-urgency-lora-f16.gguf was made for other weights than starter-l-q8_0.gguf: its blk.0.attn_q.weight is 128 x 128, and theirs 256 x 256.`
    expect(await findings(yaml)).toEqual([
      `models.a.adapter: ${made}`,
      `models.b.adapters.one: ${made}`,
      'models.b.adapters.two: never: starter-s1-q8_0.gguf: this is not an adapter.',
      expect.stringMatching(/^models\.c\.weights: never: .*: this is an adapter, not a model/),
    ])
  })

  test('an adapter of the right form that says it was made for another model is a warning', async () => {
    const right = saveAdapter('right.gguf', 'https://huggingface.co/musivum/Starter_S1')
    const other = saveAdapter('other.gguf', 'https://huggingface.co/acme/Other-7B')
    expect(
      await findings(
        `  a: { engine: llama, weights: ${S1}, adapters: { right: ${right}, other: ${other} } }\n`,
      ),
    ).toEqual([
      'models.a.adapters.other: warning: the adapter says that it was made for https://huggingface.co/acme/Other-7B, and these weights are starter-s1',
    ])
  })

  test('damaged weights are told once, and not for each adapter on them; missing ones are told elsewhere', async () => {
    writeFileSync(join(home, 'bad.gguf'), 'no weights')
    const yaml = `  a: { engine: llama, weights: bad.gguf, adapters: { urgency: ${LORA} } }\n  b: { engine: llama, weights: gone.gguf }\n`
    expect(await findings(yaml)).toEqual([expect.stringMatching(/^models\.a\.weights: never: bad\.gguf: /)])
  })

  test('a fallback that is no model is told with the nearest name', async () => {
    const yaml = `  a: { engine: llama, weights: ${S1}, adapters: { urgency: ${LORA} }, fallbacks: ["a:urgencyy", ollama/some] }\n`
    expect(await findings(yaml)).toEqual([
      'models.a.fallbacks.0: warning: no configured model is called a:urgencyy; did you mean a:urgency?',
      'models.a.fallbacks.1: warning: no configured model is called ollama/some; it is passed over until a server brings one',
    ])
  })
})
