import { Pool, type Dispatcher } from 'undici'
import { chatRequest } from './lib/chat-request.ts'
import { answerJobs } from './lib/child.ts'
import { quantile, sum } from './lib/statistics.ts'

/** A fixed number of chat requests, `concurrency` at a time, each answer read to its end and checked. */
export type LoadJob = {
  /** Up to the host and port. */
  readonly origin: string
  readonly model: string
  readonly stream: boolean
  readonly requests: number
  readonly concurrency: number
  /** How often the text of an answer must say ` word` or `word `: anything else counts as wrong. */
  readonly words: number
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
  const body = chatRequest(job)
  const samples: Sample[] = []
  let left = job.requests
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      samples.push(await ask(pool, body, job))
    }
  }
  const startedMs = performance.now()
  await Promise.all(Array.from({ length: job.concurrency }, client))
  const wallMs = performance.now() - startedMs
  return { ...summary(samples), wallMs }
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
function poolFor({ origin, concurrency }: LoadJob): Pool {
  const name = `${origin} ${concurrency}`
  const pool = pools.get(name) ?? new Pool(origin, { connections: concurrency, pipelining: 1 })
  pools.set(name, pool)
  return pool
}

function ask(pool: Pool, body: string, job: LoadJob): Promise<Sample> {
  return new Promise((resolve, reject) => {
    pool.dispatch(REQUEST(body), reader(job, resolve, reject))
  })
}

const REQUEST = (body: string): Dispatcher.DispatchOptions => ({
  path: '/v1/chat/completions',
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
  body,
})

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

/** A benchmark whose upstream answered 500 is a silent green: every body is looked at. */
function problemOf(job: LoadJob, status: number, parts: readonly Buffer[]): string | null {
  const text = Buffer.concat(parts).toString('latin1')
  const words = text.split('word').length - 1
  const whole = job.stream ? text.endsWith('data: [DONE]\n\n') : text.startsWith('{') && text.endsWith('}')
  if (status === 200 && words === job.words && whole) return null
  return `status ${status}, ${words} of ${job.words} words: ${text.slice(0, 200)}`
}
