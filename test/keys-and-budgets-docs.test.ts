import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestGateway, type Config, type TestGateway } from './e2e/running-gateway.ts'
import { startUpstream, type Upstream } from './upstream/upstream.ts'
import { BARE_ENVIRONMENT } from './setup/bare-environment.ts'

const guide = readFileSync(new URL('../docs/keys-and-budgets.md', import.meta.url), 'utf8')
const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const run = promisify(execFile)

type Block = { readonly language: string; readonly text: string }

const blocks: readonly Block[] = Array.from(
  guide.matchAll(/^```(\w+)\n([^]*?)^```/gm),
  ([, language = '', text = '']) => ({ language, text }),
)

/** Each shell example, with the output that the guide prints below it. */
const examples = blocks.flatMap((block, index) => {
  if (block.language !== 'sh') return []
  const next = blocks[index + 1]
  return [{ command: block.text, said: next === undefined || next.language === 'sh' ? undefined : next }]
})

describe('docs/keys-and-budgets.md does what it says', () => {
  let upstream: Upstream
  let gateway: TestGateway
  const variables: Record<string, string> = {}
  let secret = ''

  beforeAll(async () => {
    upstream = await startUpstream()
    const yaml = blocks.find(({ language }) => language === 'yaml')?.text ?? ''
    const here = yaml.replace('http://127.0.0.1:8000/v1', upstream.url).replace('llama-3.3-70b', 'plain')
    gateway = await startTestGateway(parse(here) as Config)
  })
  afterAll(async () => {
    await gateway.close()
    await upstream.close()
  })

  /** Runs an example as the reader would, with the secret that was shown last wherever it says `mv-…`. */
  async function shell(example: string): Promise<string> {
    const command = example.replaceAll('http://127.0.0.1:4000', gateway.origin).replaceAll('mv-…', secret)
    for (const [, name = '', value = ''] of command.matchAll(/^export (\w+)=(\S+)$/gm)) {
      variables[name] = value
      variables[`${name}_ID`] = value.slice(0, 13)
    }
    const script = `musivum() { "${process.execPath}" "${main}" "$@"; }\n${command}`
    const env = { ...BARE_ENVIRONMENT, HOME: gateway.home, MUSIVUM_HOME: gateway.home, ...variables }
    const { stdout } = await run('bash', ['-euc', script], { env, cwd: gateway.home })
    secret = /^ {4}(mv-\S{54})$/m.exec(stdout)?.[1] ?? secret
    return stdout
  }

  test('it has examples of all that it speaks of', () => {
    expect(examples.length).toBeGreaterThan(12)
    expect(examples.filter(({ said }) => said !== undefined).length).toBeGreaterThan(10)
  })

  test.each(examples)('$command', async ({ command, said }) => {
    if (said === undefined) await shell(command)
    // What a command changed is known to the gateway within a second, and until then the example shows what was before.
    else await expect.poll(() => shell(command), { timeout: 20_000 }).toSatisfy((out) => matches(out, said))
  })
})

/** `…` in what the guide says stands for anything. */
function matches(out: string, { language, text }: Block): boolean {
  if (language === 'text') return pattern(text.trim(), '[^]*?').test(out.trim().replace(/ {2,}/g, '  '))
  expect(JSON.parse(out)).toMatchObject(withPatterns(JSON.parse(text)) as object)
  return true
}

function withPatterns(value: unknown): unknown {
  if (typeof value === 'string' && value.includes('…')) return expect.stringMatching(pattern(value, '.*'))
  if (Array.isArray(value))
    return value.map((each) => expect.objectContaining(withPatterns(each) as object) as unknown)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withPatterns(each)]))
}

function pattern(text: string, anything: string): RegExp {
  const literal = text.replace(/ {2,}/g, '  ').replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
  return new RegExp(`^${literal.replaceAll('…', anything)}$`)
}
