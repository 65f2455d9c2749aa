import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { detectWatermark } from '../../src/engines/llama/watermark/detect-watermark.ts'
import { watermarkKeyId } from '../../src/engines/llama/watermark/key-id.ts'
import { tokeniseTexts } from '../../src/engines/llama/watermark/tokenise-text.ts'
import { systemRandom } from '../../src/gateway/system-ports.ts'
import { openPurposeKeys } from '../../src/store/scope-key.ts'
import { starterFile } from '../../src/engines/llama/starter-engine.conformance.ts'
import { doubled, errorOf, startTestGateway, user, type TestGateway } from './running-gateway.ts'

/** The duty `watermark` through the whole gateway, and the detector with the key of its home folder. */
const RULES = `
rules:
  - {id: marked, effect: require, when: 'true', obligations: [watermark, log-full], reason: Machine text is marked.}
`
const weights = starterFile('starter-s1-q8_0.gguf')

let folder: string
let gateway: TestGateway

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-watermark-'))
  writeFileSync(join(folder, 'rules.yaml'), RULES)
  gateway = await startTestGateway({
    policy: join(folder, 'rules.yaml'),
    models: {
      own: { engine: 'llama', weights, threads: 1 },
      served: doubled('http://127.0.0.1:1/v1', 'plain', { fallbacks: ['own'] }),
      alone: doubled('http://127.0.0.1:1/v1', 'plain'),
    },
  })
})
afterAll(async () => {
  await gateway.close()
  rmSync(folder, { recursive: true, force: true })
})

const schema = { type: 'string', minLength: 700, maxLength: 720 }
const long = (seed: number) => ({
  messages: user('Copy: the sea'),
  temperature: 1.5,
  seed,
  response_format: { type: 'json_schema', json_schema: { name: 'text', schema } },
})

test('an answer is marked with the key that its decision names, and only the embedded engine gives one', async () => {
  const texts: string[] = []
  for (const seed of [1, 2]) {
    const answered = await gateway.chat({ model: 'served', ...long(seed) })
    expect(answered.headers.get('x-musivum-model')).toBe('own')
    const { decision } = await gateway.rowOf(answered.clone())
    expect(decision?.removed).toMatchObject([{ model: 'served', rule: 'marked' }])
    expect(decision?.watermark?.key).toBe(watermarkKeyId(keyOf(gateway.home)))
    const { choices } = (await answered.json()) as { choices: { message: { content: string } }[] }
    texts.push(choices[0]?.message.content ?? '')
  }
  const binding = { engine: 'llama', weights, threads: 1 } as const
  const tokens = await tokeniseTexts({ binding }, { home: gateway.home }, texts)
  const found = detectWatermark(keyOf(gateway.home), tokens.flat())
  expect(found.tokens).toBeGreaterThan(150)
  expect(found.watermarked).toBe(true)
})

function keyOf(home: string): Uint8Array {
  return openPurposeKeys({ home, env: {}, random: systemRandom() })('watermark')
}

test('log-probabilities of a marked answer are refused', async () => {
  const refused = await gateway.chat({ model: 'own', messages: user('Triage: x'), logprobs: true })
  expect(refused.status).toBe(400)
  expect((await errorOf(refused)).code).toBe('request.unsupported')
})

test('where no candidate can mark, the request is refused with the reason', async () => {
  const refused = await gateway.chat({ model: 'alone', messages: user('hello') })
  expect(refused.status).toBe(403)
  const { decision } = await gateway.rowOf(refused)
  expect(decision?.removed[0]?.reason).toBe(
    'Machine text is marked. (watermark, which only the embedded engine can write)',
  )
})
