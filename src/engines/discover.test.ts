import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { discoverServers, type ServerKind } from './discover.ts'

type Routes = Readonly<Record<string, unknown>>

const MODEL_LIST = (owner: string, ...ids: string[]) => ({
  object: 'list',
  data: ids.map((id) => ({ id, object: 'model', created: 1_763_769_600, owned_by: owner })),
})

/** What each server answers, as its current version does. */
const servers: Readonly<Record<ServerKind, Routes>> = {
  ollama: {
    '/api/version': { version: '0.30.2' },
    '/api/tags': {
      models: [
        {
          name: 'qwen3:4b',
          model: 'qwen3:4b',
          modified_at: '2026-10-01T10:00:00Z',
          size: 2_497_293_931,
          digest: '2bfd38a7daaf',
          details: { format: 'gguf', family: 'qwen3', parameter_size: '4.0B', quantization_level: 'Q4_K_M' },
        },
      ],
    },
  },
  'llama-server': {
    '/v1/models': MODEL_LIST('llamacpp', 'gemma-3-4b-it-Q4_K_M.gguf'),
    '/props': { default_generation_settings: { n_ctx: 8192 }, total_slots: 4, build_info: 'b7123-aa374175c' },
  },
  'lm-studio': {
    '/v1/models': MODEL_LIST('organization_owner', 'qwen/qwen3-vl-8b'),
    '/lmstudio-greeting': { lmstudio: true },
    '/api/v0/models': {
      object: 'list',
      data: [
        {
          id: 'qwen/qwen3-vl-8b',
          type: 'vlm',
          state: 'loaded',
          max_context_length: 262_144,
          loaded_context_length: 4096,
        },
      ],
    },
  },
  vllm: {
    '/v1/models': {
      object: 'list',
      data: [{ id: 'Qwen/Qwen3-8B', object: 'model', owned_by: 'vllm', max_model_len: 40_960 }],
    },
  },
}

const listening: Server[] = []
afterEach(async () => {
  await Promise.all(
    listening.splice(0).map((server) => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    }),
  )
})

describe('discovery on loopback', () => {
  test('all four kinds are found at the same time, with the names of their models', async () => {
    const ports = {
      ollama: await serve(servers.ollama),
      'llama-server': await serve(servers['llama-server']),
      'lm-studio': await serve(servers['lm-studio']),
      vllm: await serve(servers.vllm),
    }
    expect(await discover(ports)).toEqual([
      { kind: 'ollama', baseUrl: `http://127.0.0.1:${ports.ollama}/v1`, models: ['qwen3:4b'] },
      {
        kind: 'llama-server',
        baseUrl: `http://127.0.0.1:${ports['llama-server']}/v1`,
        models: ['gemma-3-4b-it-Q4_K_M.gguf'],
        contexts: new Map([['gemma-3-4b-it-Q4_K_M.gguf', 8192]]),
      },
      {
        kind: 'lm-studio',
        baseUrl: `http://127.0.0.1:${ports['lm-studio']}/v1`,
        models: ['qwen/qwen3-vl-8b'],
        contexts: new Map([['qwen/qwen3-vl-8b', 4096]]),
      },
      {
        kind: 'vllm',
        baseUrl: `http://127.0.0.1:${ports.vllm}/v1`,
        models: ['Qwen/Qwen3-8B'],
        contexts: new Map([['Qwen/Qwen3-8B', 40_960]]),
      },
    ])
  })

  test('a server that does not say what context it gives is found without it', async () => {
    const { '/v1/models': list, '/lmstudio-greeting': greeting } = servers['lm-studio']
    const port = await serve({ '/v1/models': list, '/lmstudio-greeting': greeting })
    const [found] = await discover({ 'lm-studio': port })
    expect(found?.models).toEqual(['qwen/qwen3-vl-8b'])
    expect(found?.contexts).toBeUndefined()
  })

  test.each([
    ['a web page', '<html>hello</html>'],
    ['another JSON', '{"hello":"world"}'],
    [
      'a list of something else',
      '{"object":"list","data":[{"id":"x","owned_by":"somebody"}],"models":[{"name":"x"}]}',
    ],
    ['an empty list', '{"object":"list","data":[],"models":[]}'],
    ['broken JSON', '{"data":['],
    ['2 MB', `"${'a'.repeat(2 * 1024 * 1024)}"`],
  ])('%s on every port is nobody', async (_, body) => {
    const port = await serveText(body)
    expect(await discover({ ollama: port, 'llama-server': port, 'lm-studio': port, vllm: port })).toEqual([])
  })

  test('one kind of server is not taken for another', async () => {
    const port = await serve(servers['llama-server'])
    expect(await discover({ ollama: port, 'lm-studio': port, vllm: port })).toEqual([])
  })

  test('closed ports and servers that hang are left out after the timeout', async () => {
    const hanging = createServer(() => {})
    const ports = { ollama: await closedPort(), vllm: await listen(hanging) }
    const before = performance.now()
    expect(await discover(ports, { timeoutMs: 100 })).toEqual([])
    expect(performance.now() - before).toBeLessThan(2_000)
  })

  test('an error status is nobody', async () => {
    const port = await serveText('{"error":{"message":"Invalid key"}}', 401)
    expect(await discover({ vllm: port })).toEqual([])
  })

  test('a redirect is not followed', async () => {
    const target = await serve(servers.vllm)
    const port = await listen(
      createServer((_, response) => {
        response.writeHead(302, { location: `http://127.0.0.1:${target}/v1/models` }).end()
      }),
    )
    expect(await discover({ vllm: port })).toEqual([])
  })

  test("the gateway's own port is not asked", async () => {
    let asked = 0
    const port = await listen(
      createServer((_, response) => {
        asked += 1
        response.end(JSON.stringify(servers.vllm['/v1/models']))
      }),
    )
    expect(await discover({ vllm: port }, { ownPort: port })).toEqual([])
    expect(asked).toBe(0)
  })

  test('a signal that is already aborted finds nothing and does not throw', async () => {
    const port = await serve(servers.vllm)
    expect(await discover({ vllm: port }, { signal: AbortSignal.abort() })).toEqual([])
  })
})

function discover(
  ports: Partial<Record<ServerKind, number>>,
  more: { timeoutMs?: number; ownPort?: number; signal?: AbortSignal } = {},
) {
  return discoverServers({ signal: new AbortController().signal, timeoutMs: 5_000, ports, ...more })
}

function serve(routes: Routes): Promise<number> {
  return listen(
    createServer((request, response) => {
      const answer = routes[request.url ?? '']
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer ?? { error: 'not found' }))
    }),
  )
}

function serveText(text: string, status = 200): Promise<number> {
  return listen(createServer((_, response) => response.writeHead(status).end(text)))
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  listening.push(server)
  return (server.address() as AddressInfo).port
}

async function closedPort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => listening.pop()?.close(resolve))
  return port
}
