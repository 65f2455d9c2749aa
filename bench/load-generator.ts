import { Pool, type Dispatcher } from 'undici'
import { BENCH_HEADERS, benchBody, spoken, type BenchRequest } from './lib/bench-request.ts'
import { answerJobs } from './lib/child.ts'
import { quantile, sum } from './lib/statistics.ts'
import type { Target } from './lib/ways.ts'

/** Requests of one kind, `concurrency` at a time, each answer read to its end and checked. */
export type LoadJob = BenchRequest & {
  readonly target: Target
  readonly concurrency: number
  /** How many pieces of text a streamed answer has, or how many words a whole one: anything else counts as wrong. */
  readonly words: number
  readonly until: { readonly requests: number } | { readonly seconds: number }
}

export type LoadResult = {
  readonly requests: number
  readonly wrong: number
  /** Of the first wrong answer, for the person who has to find out why. */
  readonly firstWrong: string | null
  readonly wallMs: number
  /** Request written to last byte. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** Request written to first byte of the body. */
  readonly firstByteP50Ms: number
  /** Reads of the socket that brought bytes of a body. */
  readonly reads: number
}

answerJobs<LoadJob, LoadResult>(load)

async function load(job: LoadJob): Promise<LoadResult> {
  const pool = poolFor(job)
  const request = requestOf(job)
  const samples: Sample[] = []
  const startedMs = performance.now()
  const more = moreUntil(job.until, startedMs)
  const client = async (): Promise<void> => {
    while (more()) samples.push(await ask(pool, request, job))
  }
  await Promise.all(Array.from({ length: job.concurrency }, client))
  const wallMs = performance.now() - startedMs
  return { ...summary(samples), wallMs }
}

function moreUntil(until: LoadJob['until'], startedMs: number): () => boolean {
  if ('seconds' in until) return () => performance.now() - startedMs < until.seconds * 1000
  let left = until.requests
  return () => left-- > 0
}

type Sample = {
  readonly totalMs: number
  readonly firstByteMs: number
  readonly reads: number
  readonly problem: string | null
}

function summary(samples: readonly Sample[]): Omit<LoadResult, 'wallMs'> {
  const wrong = samples.filter((sample) => sample.problem !== null)
  const totals = samples.map((sample) => sample.totalMs)
  return {
    requests: samples.length,
    wrong: wrong.length,
    firstWrong: wrong[0]?.problem ?? null,
    p50Ms: quantile(totals, 0.5),
    p99Ms: quantile(totals, 0.99),
    firstByteP50Ms: quantile(
      samples.map((sample) => sample.firstByteMs),
      0.5,
    ),
    reads: sum(samples.map((sample) => sample.reads)),
  }
}

const pools = new Map<string, Pool>()

/** Kept between jobs: a benchmark of requests must not measure the making of connections. */
function poolFor({ target: { origin }, concurrency }: LoadJob): Pool {
  const name = `${origin} ${concurrency}`
  const pool = pools.get(name) ?? new Pool(origin, { connections: concurrency, pipelining: 1 })
  pools.set(name, pool)
  return pool
}

function requestOf(job: LoadJob): Dispatcher.DispatchOptions {
  const headers = { ...BENCH_HEADERS, ...job.target.headers }
  return { path: spoken[job.protocol].path, method: 'POST', headers, body: benchBody(job) }
}

function ask(pool: Pool, request: Dispatcher.DispatchOptions, job: LoadJob): Promise<Sample> {
  return new Promise((resolve, reject) => {
    pool.dispatch(request, reader(job, resolve, reject))
  })
}

function reader(
  job: LoadJob,
  resolve: (sample: Sample) => void,
  reject: (error: Error) => void,
): Dispatcher.DispatchHandler {
  const startedMs = performance.now()
  const parts: Buffer[] = []
  let status = 0
  let firstByteMs = 0
  return {
    // Its presence is how undici tells this kind of handler from its older one.
    onRequestStart() {},
    onResponseStart(_, code) {
      status = code
    },
    onResponseData(_, chunk) {
      if (parts.length === 0) firstByteMs = performance.now() - startedMs
      parts.push(chunk)
    },
    onResponseEnd() {
      const totalMs = performance.now() - startedMs
      resolve({ totalMs, firstByteMs, reads: parts.length, problem: problemOf(job, status, parts) })
    },
    onResponseError: (_, error) => reject(error),
  }
}

/**
 * A benchmark whose upstream answered 500 is a silent green, and so is a translation that passes bytes through: every body
 * is looked at in the words of the protocol that was asked in.
 */
function problemOf(
  { protocol, stream, words }: LoadJob,
  status: number,
  parts: readonly Buffer[],
): string | null {
  const text = Buffer.concat(parts).toString('latin1')
  const { piece, ending } = spoken[protocol]
  const found = text.split(stream ? piece : 'word').length - 1
  const whole = stream ? ending.test(text) : text.startsWith('{') && text.endsWith('}')
  if (status === 200 && found === words && whole) return null
  return `status ${status}, ${found} of ${words} words: ${text.slice(0, 200)}`
}
