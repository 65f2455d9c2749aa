import { execFile, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

export type WrkResult = { readonly requests: number; readonly wrong: number }

/**
 * wrk as the load generator of the busy lane: it takes a tenth of the processor time that a generator in JavaScript
 * takes, which on two cores is the difference between measuring the proxy and measuring the queue in front of it.
 * Undefined when the machine has none.
 */
export function findWrk(
  folder: string,
  body: string,
): ((url: string, seconds: number) => Promise<WrkResult>) | undefined {
  if (spawnSync('wrk', ['-v']).error !== undefined) return undefined
  const script = join(folder, 'post.lua')
  writeFileSync(script, lua(body))
  return async (url, seconds) => {
    const { stdout } = await run('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script, url])
    return readResult(stdout)
  }
}

const run = promisify(execFile)
const CONNECTIONS = 32

/** A long bracket takes any text that does not hold its end; a JSON body of ours holds none. */
function lua(body: string): string {
  return `wrk.method = 'POST'
wrk.headers['content-type'] = 'application/json'
wrk.headers['authorization'] = 'Bearer bench'
wrk.body = [==[${body}]==]
`
}

/** wrk counts what is not 2xx or 3xx, and what a socket refused; every one of them is a wrong answer. */
function readResult(output: string): WrkResult {
  const count = (pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? 0)
  const socket =
    /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output)?.slice(1) ?? []
  return {
    requests: count(/(\d+) requests in/),
    wrong: socket.map(Number).reduce((a, b) => a + b, count(/Non-2xx or 3xx responses: (\d+)/)),
  }
}
