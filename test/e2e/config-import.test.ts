import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { FIXTURES, fixtureText, importText } from '../../src/gateway/config/import/import-run.conformance.ts'
import { startGateway, type RunningGateway } from '../../src/gateway/gateway.ts'
import { startUpstream, type Upstream } from '../upstream/upstream.ts'
import { user } from './running-gateway.ts'

/** The server of the fixtures that stands on the owner's machine: for this test it is the double. */
const OWN_SERVER = 'http://127.0.0.1:8000/v1'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream.close())

describe.each(FIXTURES)('%s is imported and served', (name) => {
  const home = mkdtempSync(join(tmpdir(), 'musivum-import-'))
  let gateway: RunningGateway
  let models: Readonly<Record<string, { readonly base_url?: string; readonly vendor?: string }>>

  beforeAll(async () => {
    const { yaml } = importText(name, fixtureText(name).replaceAll(OWN_SERVER, upstream.url))
    models = (parse(yaml) as { readonly models: typeof models }).models
    const configFile = join(home, 'musivum.yaml')
    writeFileSync(configFile, `${yaml}discover: false\n`)
    const env = Object.fromEntries(
      Array.from(yaml.matchAll(/env:(\w+)/g), ([, key = '']) => [key, `value-of-${key}`]),
    )
    gateway = await startGateway({ home, configFile, port: 0, env, cwd: home, log: () => undefined })
  })
  afterAll(async () => {
    await gateway.close(0)
    rmSync(home, { recursive: true, force: true })
  })

  test('every model is listed', async () => {
    const { data } = (await (await fetch(`${gateway.url}/v1/models`)).json()) as {
      readonly data: readonly { readonly id: string }[]
    }
    expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining(Object.keys(models)))
  })

  test('every model of the owner’s server answers', async () => {
    const own = Object.keys(models).filter((model) => models[model]?.base_url === upstream.url)
    expect(own.length).toBeGreaterThan(0)
    for (const model of own) {
      const embeds = model.endsWith('embed')
      const body = embeds ? { model, input: 'Hello' } : { model, messages: user('Hello') }
      const answer = await fetch(`${gateway.url}/v1/${embeds ? 'embeddings' : 'chat/completions'}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      // The double knows OpenAI's paths only; of an Ollama it is asked first whether it would cut the prompt.
      const isOllama = models[model]?.vendor === 'ollama'
      if (isOllama) expect(await answer.text()).toContain('/api/version does not answer')
      const named = decodeURI(answer.headers.get('x-musivum-model') ?? '')
      expect([answer.status, named]).toEqual([isOllama ? 502 : 200, model])
    }
  })
})
