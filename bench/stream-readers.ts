import { setTimeout as sleep } from 'node:timers/promises'
import { Pool, type Dispatcher } from 'undici'
import { BENCH_HEADERS, benchBody, spoken } from './lib/bench-request.ts'
import { answerJobs } from './lib/child.ts'

/** Many streams that are open at the same time, each read as its chunks come. */
export type StreamsJob = {
  readonly origin: string
  readonly model: string
  readonly streams: number
  /** How many pieces of text each stream has. */
  readonly tokens: number
  /** The time within which all of them begin. */
  readonly rampMs: number
}

export type StreamsResult = {
  /** Between two reads of one stream, of all streams the longest. */
  readonly longestStallMs: number
  readonly stallMs999: number
  readonly chunksPerSecond: number
  readonly broken: number
  readonly wallMs: number
}

// Only gaps of this length are kept: a quarter of a million numbers of ordinary length would say nothing.
const WORTH_KEEPING_MS = 60
const PIECE = Buffer.from(spoken.chat.piece)
const LF = 0x0a

answerJobs<StreamsJob, StreamsResult>(readAll)

async function readAll(job: StreamsJob): Promise<StreamsResult> {
  const pool = new Pool(job.origin, {
    connections: job.streams,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const startedMs = performance.now()
  const stalls: number[] = []
  const ends = await Promise.all(
    Array.from({ length: job.streams }, async (_, index) => {
      await sleep((job.rampMs * index) / job.streams)
      return readOne(pool, job, stalls)
    }),
  )
  await pool.close()
  const wallMs = performance.now() - startedMs
  const chunks = ends.reduce((sum, { pieces }) => sum + pieces, 0)
  const longest = stalls.toSorted((a, b) => b - a)
  return {
    longestStallMs: longest[0] ?? 0,
    stallMs999: longest[Math.floor(chunks / 1000)] ?? WORTH_KEEPING_MS,
    chunksPerSecond: Math.round(chunks / (wallMs / 1000)),
    broken: ends.filter(({ whole }) => !whole).length,
    wallMs,
  }
}

type End = { readonly pieces: number; readonly whole: boolean }

function readOne(pool: Pool, { model, tokens }: StreamsJob, stalls: number[]): Promise<End> {
  return new Promise((resolve) => {
    let status = 0
    let pieces = 0
    let lastMs = NaN
    let cut: Buffer | undefined
    const end = (whole: boolean): void =>
      resolve({ pieces, whole: whole && status === 200 && pieces === tokens })
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart() {},
      onResponseStart(_, code) {
        status = code
      },
      onResponseData(_, chunk) {
        const nowMs = performance.now()
        if (nowMs - lastMs > WORTH_KEEPING_MS) stalls.push(nowMs - lastMs)
        lastMs = nowMs
        const text = cut === undefined ? chunk : Buffer.concat([cut, chunk])
        pieces += piecesIn(text)
        cut = text.at(-1) === LF ? undefined : text.subarray(1 - PIECE.length)
      },
      onResponseEnd: () => end(true),
      onResponseError: () => end(false),
    }
    const request = { protocol: 'chat', model, stream: true } as const
    pool.dispatch(
      { path: spoken.chat.path, method: 'POST', headers: BENCH_HEADERS, body: benchBody(request) },
      handler,
    )
  })
}

function piecesIn(chunk: Buffer): number {
  let count = 0
  for (let at = chunk.indexOf(PIECE); at !== -1; at = chunk.indexOf(PIECE, at + PIECE.length)) count += 1
  return count
}
