import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import type { RequestPage, StateView, ModelView } from '../../src/gateway/admin/contract.ts'
import { startChild, type Child } from './child.ts'

export const root = fileURLToPath(new URL('../../', import.meta.url))

/** `musivum up` as a user starts it: a process of its own, with its own home folder. */
export type GatewayProcess = AsyncDisposable & {
  readonly pid: number
  readonly url: string
  /** From the start of the process to the line that says where it listens. */
  readonly listeningAfterMs: number
  readonly get: <View extends AdminView>(path: string) => Promise<View>
}

type AdminView = StateView | RequestPage | { readonly models: readonly ModelView[] }

export type GatewaySetup = {
  readonly home: string
  /** The content of a musivum.yaml; without it the gateway starts without a configuration. */
  readonly config?: Readonly<Record<string, unknown>>
  readonly env?: NodeJS.ProcessEnv
  /** As it is published: dist/, which `npm run build` makes, in place of the source. */
  readonly published?: boolean
}

export async function startGatewayProcess(setup: GatewaySetup): Promise<GatewayProcess> {
  const { home, config, env = {}, published = false } = setup
  const args = [
    join(root, published ? 'dist/cli/main.js' : 'src/cli/main.ts'),
    'up',
    '--port',
    '0',
    '--home',
    home,
    '--json',
  ]
  if (config !== undefined) {
    const file = join(home, 'musivum.yaml')
    writeFileSync(file, stringify(config))
    args.push('--config', file)
  }
  const startedMs = performance.now()
  const child = await startChild(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const url = await listeningUrl(child)
  return {
    pid: child.pid,
    url,
    listeningAfterMs: performance.now() - startedMs,
    get: async <View extends AdminView>(path: string) => (await (await fetch(url + path)).json()) as View,
    [Symbol.asyncDispose]: child.stop,
  }
}

/** Reads standard output until it holds one whole JSON document, the one that `--json` prints once it listens. */
export function listeningUrl({ process: child }: Child): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    let complaints = ''
    child.stderr?.on('data', (part: Buffer) => (complaints = (complaints + part.toString()).slice(-2_000)))
    child.stdout?.on('data', (part: Buffer) => {
      output += part.toString()
      const url = urlIn(output)
      if (url !== undefined) resolve(url)
    })
    child.once('exit', () => reject(new Error(`musivum up ended before it listened: ${complaints.trim()}`)))
  })
}

function urlIn(output: string): string | undefined {
  try {
    const said: unknown = JSON.parse(output)
    if (typeof said === 'object' && said !== null && 'url' in said && typeof said.url === 'string')
      return said.url
    return undefined
  } catch {
    // The document is not whole yet; the next part of it comes with the next read.
    return undefined
  }
}
