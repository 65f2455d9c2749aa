import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { RequestRow } from '../../src/store/store.ts'
import { startGateway, type RunningGateway } from '../../src/gateway/gateway.ts'

/** A whole gateway on a free port, with a home folder of its own. */
export type TestGateway = {
  readonly origin: string
  /** What a client is given as its base URL. */
  readonly url: string
  readonly home: string
  readonly configFile: string
  /** Everything the operator was told so far. */
  readonly lines: readonly string[]
  readonly routes: RunningGateway['routes']
  readonly writeConfig: (config: Config) => void
  readonly chat: (body: object | string, options?: RequestInit) => Promise<Response>
  /** What the admin API says at this path. */
  readonly ask: <View>(path: string) => Promise<View>
  /** The row of the request log of this answer. */
  readonly rowOf: (response: Response) => Promise<RequestRow>
  readonly close: () => Promise<void>
}

export type Config = Readonly<Record<string, unknown>>

export async function startTestGateway(
  config: Config = {},
  env: Record<string, string> = {},
): Promise<TestGateway> {
  const home = mkdtempSync(join(tmpdir(), 'musivum-e2e-'))
  const configFile = join(home, 'musivum.yaml')
  const lines: string[] = []
  const writeConfig = (next: Config): void =>
    writeFileSync(configFile, stringify({ discover: false, ...next }))
  writeConfig(config)
  const gateway = await startGateway({
    home,
    configFile,
    port: 0,
    env,
    cwd: home,
    log: (line) => lines.push(line),
  })
  const origin = gateway.url
  const ask = async <View>(path: string): Promise<View> => (await (await fetch(origin + path)).json()) as View
  return {
    origin,
    url: `${origin}/v1`,
    home,
    configFile,
    lines,
    routes: gateway.routes,
    writeConfig,
    chat: (body, options) => postChat(origin, body, options),
    ask,
    rowOf: (response) => ask<RequestRow>(`/api/requests/${response.headers.get('x-musivum-request-id')}`),
    async close() {
      await gateway.close(0)
      rmSync(home, { recursive: true, force: true })
    },
  }
}

function postChat(origin: string, body: object | string, options: RequestInit = {}): Promise<Response> {
  return fetch(`${origin}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...options,
  })
}

/** A configured model behind the vendor double; the double does what the upstream name says. */
export function doubled(url: string, upstreamName: string, more: Config = {}): Config {
  return { engine: 'openai', base_url: url, model: upstreamName, ...more }
}

export const user = (content: string) => [{ role: 'user', content }]

export type ErrorBody = {
  readonly error: {
    readonly message: string
    readonly type: string
    readonly code: string
    readonly param: string | null
  }
}

export async function errorOf(response: Response): Promise<ErrorBody['error']> {
  return ((await response.json()) as ErrorBody).error
}
