import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { findServerBinary } from '../../src/engines/llama-server/find-binary.ts'
import { root } from './gateway-process.ts'

export type BuiltServer = { readonly source: string; readonly build: string; readonly program: string }

/** Where `llama-server-build.ts` puts it. */
export function builtServer(folder = join(root, 'node_modules/.cache/llama-server')): BuiltServer {
  const build = join(resolve(folder), 'build')
  return { source: join(resolve(folder), 'source'), build, program: join(build, 'bin/llama-server') }
}

/** The source of llama.cpp inside node-llama-cpp; undefined where an install has trimmed it away. */
export function sourceBundle(): string | undefined {
  const entry = createRequire(import.meta.url).resolve('node-llama-cpp')
  const bundle = join(dirname(entry), '..', 'llama', 'gitRelease.bundle')
  return existsSync(bundle) ? bundle : undefined
}

/** LLAMA_SERVER, the PATH, or what was built here; undefined where there is none. */
export function foundServer(): string | undefined {
  try {
    return findServerBinary(undefined)
  } catch {
    // None was installed: what was built here is the last that there may be.
    const { program } = builtServer()
    return existsSync(program) ? program : undefined
  }
}
