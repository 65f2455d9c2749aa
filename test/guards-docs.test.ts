import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfig } from '../src/gateway/config/parse-config.ts'
import { startTestGateway, type Config, type TestGateway } from './e2e/running-gateway.ts'
import { startScripted, type Scripted } from './upstream/scripted.ts'

const guide = readFileSync(new URL('../docs/guards.md', import.meta.url), 'utf8')
const run = promisify(execFile)

const blocks = Array.from(guide.matchAll(/^```(\w+)\n([^]*?)^```/gm), ([, language = '', text = '']) => ({
  language,
  text,
}))
const of = (wanted: string): readonly string[] =>
  blocks.flatMap(({ language, text }) => (language === wanted ? [text] : []))
const [whole = '', ...fragments] = of('yaml')

describe('docs/guards.md does what it says', () => {
  let model: Scripted
  let gateway: TestGateway

  beforeAll(async () => {
    // The model of the guide repeats what it is told.
    model = await startScripted((_key, _before, body) => {
      const { messages } = body as { messages: readonly { content: string }[] }
      return { kind: 'answer', text: messages.at(-1)?.content ?? '' }
    })
    gateway = await startTestGateway(parse(whole.replace('http://127.0.0.1:8000/v1', model.url)) as Config)
  })
  afterAll(async () => {
    await gateway.close()
    await model.close()
  })

  const examples = of('sh').map((command, index) => ({ command, said: of('json')[index] ?? '' }))

  test('it has examples, and a setting of every check', () => {
    expect(examples.length).toBeGreaterThan(1)
    expect(fragments.length).toBeGreaterThan(7)
  })

  test.each(examples)('$command', async ({ command, said }) => {
    const here = command.replaceAll('http://127.0.0.1:4000', gateway.origin)
    const { stdout } = await run('bash', ['-euc', here])
    expect(JSON.parse(stdout)).toMatchObject(withPatterns(JSON.parse(said)) as object)
  })

  test.each(fragments)('%s', (fragment) => {
    expect(parseConfig(fragment)).toMatchObject({ kind: 'parsed' })
  })
})

/** `…` in what the guide says stands for anything. */
function withPatterns(value: unknown): unknown {
  if (value === '…') return expect.any(String)
  if (Array.isArray(value)) return value.map(withPatterns)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withPatterns(each)]))
}
