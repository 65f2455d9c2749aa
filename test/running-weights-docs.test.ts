import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { LocalModelsView, LocalModelView } from '../src/gateway/admin/contract.ts'
import { errorOf, startTestGateway, user, type Config, type TestGateway } from './e2e/running-gateway.ts'
import { BARE_ENVIRONMENT } from './setup/bare-environment.ts'

const guide = readFileSync(new URL('../docs/running-weights.md', import.meta.url), 'utf8')
const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const run = promisify(execFile)

const yaml = /^```yaml\n([^]*?)^```/m.exec(guide)?.[1] ?? ''
const examples = Array.from(
  guide.matchAll(/^```sh\nmusivum (.*)\n```\n\n```(text|json)\n([^]*?)^```/gm),
  ([, line = '', language = '', said = '']) => ({ line, language, said }),
)

let gateway: TestGateway
beforeAll(async () => {
  const config = parse(yaml) as { readonly models: Config }
  const server = { engine: 'openai', base_url: 'http://127.0.0.1:9/v1', model: 'm' }
  gateway = await startTestGateway({ ...config, models: { ...config.models, server } })
  await vi.waitFor(async () => expect((await localModel('triage')).state).toBe('ready'), { timeout: 60_000 })
})
afterAll(() => gateway.close())

async function musivum(line: string, port = new URL(gateway.origin).port) {
  const env = { ...BARE_ENVIRONMENT, HOME: gateway.home, MUSIVUM_PORT: port }
  return run(process.execPath, [main, ...line.split(' ')], { env, cwd: gateway.home })
}

async function localModel(name: string): Promise<LocalModelView> {
  const { models } = await gateway.ask<LocalModelsView>('/api/local-models')
  const found = models.find((model) => model.name === name)
  if (found === undefined) throw new TypeError(`there is no ${name}`)
  return found
}

function post(path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(gateway.origin + path, { method: 'POST', headers, body: JSON.stringify(body) })
}

describe('docs/running-weights.md does what it says', () => {
  test('it has examples of all that it speaks of', () => {
    const words = examples.map(({ line }) => line.split(' ').slice(0, 2).join(' '))
    expect(new Set(words)).toEqual(new Set(['models ps', 'models warm', 'models unload']))
  })

  test.each(examples)('musivum $line', async ({ line, language, said }) => {
    const { stdout } = await musivum(line)
    if (language === 'json') expect(JSON.parse(stdout)).toMatchObject(JSON.parse(said) as object)
    else for (const each of said.trim().split('\n')) expect(stdout).toMatch(pattern(each))
  })
})

describe('the models of a running gateway', () => {
  test('a request is counted, and its model unloads when it is idle', async () => {
    const answer = await gateway.chat({ model: 'triage', messages: user('Triage: where is my bill?') })
    expect(answer.status).toBe(200)
    const { stdout } = await musivum('models ps --json')
    const { models } = JSON.parse(stdout) as { readonly models: readonly Record<string, unknown>[] }
    expect(models.find(({ name }) => name === 'triage')).toMatchObject({
      state: 'ready',
      pinned: true,
      active: 0,
      waiting: 0,
      slots: 4,
      context_tokens: 512,
      recycled: 0,
      unload_at: null,
      pid: expect.any(Number) as number,
      idle_since: expect.stringMatching(/^\d{4}-/) as string,
    })
  })

  test('a name that is none, and a model that runs elsewhere, are said to be', async () => {
    const unknown = await post('/api/local-models/warm', { model: 'triag' })
    expect(unknown.status).toBe(404)
    expect((await errorOf(unknown)).message).toBe('No local model is called "triag". Did you mean triage?')
    const elsewhere = await post('/api/local-models/unload', { model: 'server', now: true })
    expect(elsewhere.status).toBe(400)
    expect((await errorOf(elsewhere)).message).toBe(
      'server runs on a server, so it is not loaded here; `musivum models ps` lists what is.',
    )
  })

  test('without a gateway there is one line that says how to start one', async () => {
    const ended = (await musivum('models ps', '1').catch((error: unknown) => error)) as { stderr: string }
    expect(ended.stderr.trim()).toBe(
      'musivum: no gateway answers at http://127.0.0.1:1; start one with `musivum up`, or say with --gateway where it is',
    )
  })
})

/** `…` in what the guide says stands for anything. */
function pattern(text: string): RegExp {
  const literal = text.trim().replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
  return new RegExp(literal.replaceAll(/ ?… ?/g, '.*'), 'm')
}
