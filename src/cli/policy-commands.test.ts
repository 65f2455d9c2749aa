import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { commandLine } from './command-line.conformance.ts'

const { folder, run, report } = commandLine()

function keep(file: string, content: string | object): void {
  writeFileSync(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content))
}

const CONFIG = `discover: false
policy: ./rules.yaml
models:
  gpt: { vendor: ollama, base_url: https://llm.example/v1, model: m, fallbacks: [ward] }
  ward: { vendor: vllm, model: m }
`

const RULES = `rules:
  - id: stays
    effect: forbid
    when: '!model.local && request.sensitivity >= 3'
    reason: Stays here.
  - {id: copies, effect: require, when: 'true', obligations: [no-cache]}
probes:
  - name: a number stays
    request: { sensitivity: 3 }
    models: { far: { runs: remote }, near: { runs: in-process } }
    expect: { far: stays, near: [no-cache] }
`

beforeAll(() => {
  keep('musivum.yaml', CONFIG)
  keep('rules.yaml', RULES)
})

const chat = { model: 'gpt', messages: [{ role: 'user', content: 'hello' }] }

describe('policy explain', () => {
  test('looks into the request as the gateway would', async () => {
    const content = 'My card is 4111 1111 1111 1111.'
    keep('card.json', { model: 'gpt', messages: [{ role: 'user', content }] })
    const document = await report('policy explain card.json')
    expect(document).toMatchObject({ labels: ['financial', 'CREDIT_CARD'], sensitivity: 3 })
    expect(document['candidates']).toMatchObject([
      { model: 'gpt', permitted: false, removed_by: { rule: 'stays', at: 'rules.yaml:2' } },
      { model: 'ward', permitted: true },
    ])
  })

  test('says of each candidate what the rules say, with the place of the rule and the hash of the policy', async () => {
    keep('request.json', { request: chat, labels: ['IN_AADHAAR'] })
    const document = await report('policy explain request.json')
    expect(document).toMatchObject({
      labels: ['national-id', 'IN_AADHAAR'],
      candidates: [
        {
          model: 'gpt',
          permitted: false,
          removed_by: { rule: 'stays', reason: 'Stays here.', at: 'rules.yaml:2' },
          obligations: [],
        },
        { model: 'ward', permitted: true, removed_by: null, obligations: ['no-cache'] },
      ],
    })
    expect(document['policy_hash']).toMatch(/^[0-9a-f]{64}$/)
  })

  test('without a name every model is a candidate, and --policy takes the place of the configured one', async () => {
    keep('request.json', { request: { messages: chat.messages }, labels: [] })
    const all = await report('policy explain request.json --policy offline')
    const names = (all['candidates'] as { model: string; permitted: boolean }[]).map(
      ({ model, permitted }) => [model, permitted] as const,
    )
    expect(names).toContainEqual(['gpt', false])
    expect(names).toContainEqual(['ward', true])
    expect(all['policy']).toBe('offline')
  })

  test.each([
    ['chat completions', chat],
    ['messages', { model: 'gpt', system: 'Be kind.', messages: chat.messages, max_tokens: 9 }],
    ['responses', { model: 'gpt', input: 'hello' }],
    ['embeddings', { model: 'gpt', input: ['a', 'b'] }],
    ['rerank', { model: 'gpt', query: 'a', documents: ['b'] }],
  ])('takes the body of %s as a client sends it', async (_, body) => {
    keep('body.json', body)
    const { candidates } = await report('policy explain body.json')
    expect((candidates as { model: string }[]).map(({ model }) => model)).toEqual(['gpt', 'ward'])
  })

  test('a request that is none gets one line that repeats none of its text', async () => {
    keep('secret.json', '{"messages": "the patient is')
    const cut = await run('policy explain secret.json')
    expect([cut.code, cut.err]).toEqual([
      2,
      'musivum: secret.json: is not JSON; expected the body of a request\n',
    ])
    keep('secret.json', { messages: 'the patient is' })
    const wrong = await run('policy explain secret.json')
    expect(wrong.code).toBe(2)
    expect(wrong.err).toContain('secret.json: ')
    expect(wrong.err).not.toContain('patient')
    keep('wrapped.json', { request: chat, principle: {} })
    expect((await run('policy explain wrapped.json')).err).toContain('unknown key; did you mean principal?')
  })

  test('a duty that the model cannot do removes it', async () => {
    keep('duty.yaml', `rules: [{id: d, effect: require, when: 'true', obligations: [watermark]}]`)
    keep('request.json', chat)
    const { candidates } = await report('policy explain request.json --policy ./duty.yaml')
    const [served] = (candidates as { model: string }[]).filter(({ model }) => !model.startsWith('starter'))
    expect(served).toMatchObject({ permitted: false, removed_by: { rule: 'd' } })
  })
})

describe('policy check', () => {
  test('says how many rules there are and what is strange about them', async () => {
    keep('odd.yaml', 'rules: [{id: never, effect: forbid, when: request.sensitivity > 4}]')
    expect(await report('policy check ./odd.yaml')).toMatchObject({
      valid: true,
      rules: 1,
      warnings: [{ kind: 'never-fires', rules: ['never'], at: 'odd.yaml:1' }],
    })
  })

  test('a wrong file ends with code 2 and every line that is wrong', async () => {
    keep(
      'wrong.yaml',
      'rules:\n  - {id: a, effect: forbid, when: model.regon}\n  - {id: b, effect: forbd, when: x}\n',
    )
    const { code, err } = await run('policy check ./wrong.yaml')
    expect(code).toBe(2)
    expect(err).toContain('wrong.yaml:2: rules.0.when: unknown fact model.regon; did you mean model.region?')
    expect(err).toContain('wrong.yaml:3: rules.1.effect: unknown word; did you mean forbid?')
  })
})

describe('policy probe', () => {
  test('exits 0 when every case comes out as expected, and 1 with what came instead when one does not', async () => {
    expect(await report('policy probe ./rules.yaml')).toMatchObject({ passed: 2, failed: 0 })
    keep('failing.yaml', RULES.replace('far: stays', 'far: permitted'))
    const { code, out } = await run('policy probe ./failing.yaml')
    expect(code).toBe(1)
    expect(out).toContain(
      'FAILED failing.yaml:8 a number stays: far: expected permitted, got removed by stays',
    )
  })
})

describe('policy who-can-reach', () => {
  test('proves that nothing of a level reaches a model, and says what keeps it away', async () => {
    const line = 'policy who-can-reach gpt --sensitivity >=3'
    expect(await report(line)).toMatchObject({
      model: 'gpt',
      reachable: false,
      conditions: [],
      removed_by: [{ rule: 'stays', at: 'rules.yaml:2' }],
      unexamined: { permitted: false, removed_by: { rule: 'stays' } },
      exhaustive: true,
    })
    expect(await report('policy who-can-reach gpt')).toMatchObject({
      reachable: true,
      conditions: [
        { when: [{ fact: 'request.sensitivity', is: ['0', '1', '2'] }], obligations: ['no-cache'] },
      ],
    })
  })

  test('a level that does not exist and a model that does not are told', async () => {
    expect((await run('policy who-can-reach gpt --sensitivity >=9')).err).toContain(
      'expected a level from 0 to 4',
    )
    expect((await run('policy who-can-reach wrad')).err).toContain('did you mean ward?')
  })
})
