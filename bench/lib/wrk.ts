import { execFile, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BENCH_HEADERS, benchBody, spoken, type BenchRequest } from './bench-request.ts'
import type { Target } from './ways.ts'

export type WrkJob = {
  readonly target: Target
  readonly request: BenchRequest
  readonly seconds: number
  readonly connections: number
}

export type WrkResult = {
  readonly requests: number
  readonly wrong: number
  readonly perSecond: number
  readonly p99Ms: number
}

export type Wrk = (job: WrkJob) => Promise<WrkResult>

/**
 * wrk as the load generator of the busy lanes: it takes a tenth of the processor time that a generator in JavaScript
 * takes, which on two cores is the difference between measuring the proxy and measuring the queue in front of it.
 * Undefined when the machine has none.
 */
export function findWrk(folder: string): Wrk | undefined {
  if (spawnSync('wrk', ['-v']).error !== undefined) return undefined
  const script = join(folder, 'post.lua')
  return async ({ target, request, seconds, connections }) => {
    writeFileSync(script, lua({ ...BENCH_HEADERS, ...target.headers }, benchBody(request)))
    const url = target.origin + spoken[request.protocol].path
    const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '-s', script]
    const { stdout } = await run('wrk', [...options, url])
    return readResult(stdout)
  }
}

const run = promisify(execFile)

/** wrk rounds what it prints for people; the last line is for us. A long bracket takes any text that does not hold its end. */
function lua(headers: Readonly<Record<string, string>>, body: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `wrk.headers['${name}'] = '${value}'`)
  return `wrk.method = 'POST'
${lines.join('\n')}
wrk.body = [==[${body}]==]
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('\\nRESULT %d %d %d %f\\n', summary.requests,
    e.connect + e.read + e.write + e.timeout + e.status, summary.duration, latency:percentile(99)))
end
`
}

/** Times of wrk are microseconds. What is not 2xx or 3xx, and what a socket refused, is a wrong answer. */
function readResult(output: string): WrkResult {
  const [, requests, wrong, duration, p99] = /^RESULT (\d+) (\d+) (\d+) ([\d.]+)$/m.exec(output) ?? []
  if (requests === undefined) throw new Error(`wrk said nothing of its result: ${output.slice(-200)}`)
  return {
    requests: Number(requests),
    wrong: Number(wrong),
    perSecond: Number(requests) / (Number(duration) / 1e6),
    p99Ms: Number(p99) / 1000,
  }
}
