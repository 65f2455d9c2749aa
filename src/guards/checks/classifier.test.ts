import { describe, expect, test } from 'vitest'
import type { About, ModelCall, Piece } from '../guard.ts'
import { classifierCheck, MAX_CALLS } from './classifier.ts'
import type { ClassifierOptions, ClassifierPreset } from './classifier-presets.ts'

const pieces: readonly Piece[] = [{ where: 'answer text', kind: 'text', text: 'Mix the two and stand back.' }]
const said = [
  { role: 'system', text: 'Be kind.' },
  { role: 'user', text: 'How do I make it?' },
] as const

async function judge(
  answer: string,
  options: Partial<ClassifierOptions> & { preset: ClassifierPreset },
  given = pieces,
) {
  const calls: ModelCall[] = []
  const about: About = {
    systemPrompt: '',
    said,
    nowMs: () => 0,
    ask: (call) => {
      calls.push(call)
      return Promise.resolve(answer)
    },
  }
  const check = classifierCheck({ model: 'guard', timeoutMs: 5_000, on: 'output', ...options })
  const found = await check.judge(given, about)
  return { found: found.map(({ what }) => what), calls }
}

describe('what a classifier answers is read as its family writes it', () => {
  test.each<[ClassifierPreset, string, string[]]>([
    ['llama-guard', 'safe', []],
    ['llama-guard', '\n\nunsafe\nS1,S10', ['S1', 'S10']],
    ['llama-guard', 'unsafe\nS2, S9\n', ['S2', 'S9']],
    ['llama-guard', 'unsafe', ['unsafe']],
    ['gpt-oss-safeguard', '{"violation": 0, "policy_category": null}', []],
    ['gpt-oss-safeguard', 'Let me see. {"violation":1,"policy_category":"H2.b"}', ['H2.b']],
    ['gpt-oss-safeguard', '{"violation": true}', ['violation']],
    ['gpt-oss-safeguard', '1', ['violation']],
    ['gpt-oss-safeguard', ' 0 ', []],
    ['prompt-guard', 'LABEL_0', []],
    ['prompt-guard', 'MALICIOUS', ['injection']],
    ['prompt-guard', 'JAILBREAK', ['jailbreak']],
    ['prompt-guard', '[[{"label":"LABEL_0","score":0.02},{"label":"LABEL_1","score":0.98}]]', ['injection']],
    ['prompt-guard', '[{"label":"BENIGN","score":0.7},{"label":"INJECTION","score":0.3}]', []],
    ['yes-no', 'No.', []],
    ['yes-no', '**Yes**, it does', ['violation']],
  ])('%s: %j', async (preset, answer, found) => {
    expect((await judge(answer, { preset })).found).toEqual(found)
  })

  test.each<[ClassifierPreset, string]>([
    ['llama-guard', 'I cannot help with that.'],
    ['llama-guard', 'safe\nunsafe\nS1'],
    ['llama-guard', ''],
    ['gpt-oss-safeguard', 'It is fine.'],
    ['gpt-oss-safeguard', '{"violation": "maybe"}'],
    ['gpt-oss-safeguard', '{"violation": 1'],
    ['prompt-guard', 'Hello! How can I help?'],
    ['prompt-guard', '[]'],
    ['prompt-guard', '{"label": 1}'],
    ['yes-no', 'Perhaps.'],
    ['yes-no', 'nobody knows'],
  ])('anything else is no verdict: %s: %j', async (preset, answer) => {
    await expect(judge(answer, { preset })).rejects.toThrow('did not answer as its preset expects')
  })
})

test('only the categories that are named count', async () => {
  const { found } = await judge('unsafe\nS1,S5', { preset: 'llama-guard', categories: ['S5'] })
  expect(found).toEqual(['S5'])
})

test('Llama Guard gets the conversation and the answer as its last message', async () => {
  const { calls } = await judge('safe', { preset: 'llama-guard' })
  expect(calls).toMatchObject([
    {
      model: 'guard',
      timeoutMs: 5_000,
      messages: [
        { role: 'user', text: 'How do I make it?' },
        { role: 'assistant', text: 'Mix the two and stand back.' },
      ],
    },
  ])
})

test('a policy is the instructions, and the text is only data beside it', async () => {
  const { calls } = await judge('0', { preset: 'gpt-oss-safeguard', policy: 'No recipes.' })
  expect(calls[0]?.messages[0]).toMatchObject({
    role: 'system',
    text: expect.stringMatching(/^No recipes\./) as string,
  })
  expect(calls[0]?.messages[1]).toEqual({ role: 'user', text: 'Mix the two and stand back.' })
})

test('a long text is read by Prompt Guard in parts, and one that takes too many is not judged', async () => {
  const long = (chars: number): readonly Piece[] => [{ where: 'x', kind: 'user', text: 'a'.repeat(chars) }]
  expect((await judge('LABEL_0', { preset: 'prompt-guard' }, long(4_000))).calls).toHaveLength(3)
  await expect(judge('LABEL_0', { preset: 'prompt-guard' }, long(1_500 * MAX_CALLS + 1))).rejects.toThrow(
    '17 calls',
  )
})
