import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startChild } from './child.ts'
import { freePorts } from './free-ports.ts'
import { untilAnswers } from './until-answers.ts'

export type Portkey = AsyncDisposable & {
  readonly pid: number
  readonly origin: string
  /** It takes the address of the upstream from headers of the request. */
  readonly headersFor: (upstreamUrl: string) => Readonly<Record<string, string>>
}

// hono and its Node adapter as the lock file of its repository has them: with the newest of both, which a plain
// `npm install` brings, every streamed request is answered with 500.
const PACKAGE = {
  private: true,
  dependencies: { '@portkey-ai/gateway': '1.15.2' },
  overrides: { hono: '4.9.7', '@hono/node-server': '1.13.5' },
}
const INSTALL_WITHIN_MS = 120_000
const START_WITHIN_MS = 30_000

/** A widely used gateway in TypeScript as the peer, fresh from npm; or why it cannot be had here. */
export async function startPortkey(folder: string): Promise<Portkey | { readonly leftOut: string }> {
  const home = join(folder, 'portkey')
  mkdirSync(home)
  writeFileSync(join(home, 'package.json'), JSON.stringify(PACKAGE))
  try {
    const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--fetch-retries=0']
    await promisify(execFile)('npm', ['install', ...options], { cwd: home, timeout: INSTALL_WITHIN_MS })
  } catch (error) {
    return { leftOut: `npm could not bring it (${firstLine(error)})` }
  }
  const [port = 0] = await freePorts(1)
  const script = join(home, 'node_modules/@portkey-ai/gateway/build/start-server.js')
  const child = await startChild(process.execPath, [script, `--port=${port}`, '--headless'], {
    stdio: 'ignore',
  })
  const origin = `http://127.0.0.1:${port}`
  await untilAnswers('Portkey', origin, START_WITHIN_MS)
  return {
    pid: child.pid,
    origin,
    headersFor: (url) => ({ 'x-portkey-provider': 'openai', 'x-portkey-custom-host': url }),
    [Symbol.asyncDispose]: child.stop,
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n')[0]?.slice(0, 100) ?? ''
}
