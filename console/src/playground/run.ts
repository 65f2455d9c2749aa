import type { RequestRow } from '../api/admin.ts'
import type { ApiError } from '../api/api-error.ts'
import type { ChatEvent } from './chat-stream.ts'

export type RunPhase = 'idle' | 'waiting' | 'streaming' | 'done' | 'stopped' | 'failed'

/** One model's answer to one prompt, as far as it has come. Times are milliseconds since the send. */
export type Run = {
  readonly phase: RunPhase
  readonly requestId: string | null
  readonly text: string
  readonly reasoning: string
  /** Null when the model is no toy, '' when it is one that says nothing about it. */
  readonly toyNotice: string | null
  readonly startedAtMs: number
  readonly firstTokenMs: number | null
  readonly totalMs: number | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly finish: string | null
  readonly error: ApiError | null
  /** The row of the log, once it is written: cost and our overhead are only known there. */
  readonly row: RequestRow | null
}

export const IDLE: Run = {
  phase: 'idle',
  requestId: null,
  text: '',
  reasoning: '',
  toyNotice: null,
  startedAtMs: 0,
  firstTokenMs: null,
  totalMs: null,
  inputTokens: null,
  outputTokens: null,
  finish: null,
  error: null,
  row: null,
}

export function isRunning(run: Run): boolean {
  return run.phase === 'waiting' || run.phase === 'streaming'
}

/** The run after one more event at `nowMs`. */
export function advanced(run: Run, event: ChatEvent, nowMs: number): Run {
  switch (event.kind) {
    case 'begun':
      return { ...run, requestId: event.requestId }
    case 'text':
      return { ...begun(run, nowMs), text: run.text + event.text }
    case 'reasoning':
      return { ...begun(run, nowMs), reasoning: run.reasoning + event.text }
    case 'toy':
      return { ...run, toyNotice: event.notice }
    case 'usage':
      return { ...run, inputTokens: event.inputTokens, outputTokens: event.outputTokens }
    case 'finish':
      return { ...run, finish: event.reason }
    default:
      return event satisfies never
  }
}

function begun(run: Run, nowMs: number): Run {
  return { ...run, phase: 'streaming', firstTokenMs: run.firstTokenMs ?? nowMs - run.startedAtMs }
}

export function ended(
  run: Run,
  phase: 'done' | 'stopped' | 'failed',
  nowMs: number,
  error: ApiError | null = null,
): Run {
  return { ...run, phase, error, totalMs: nowMs - run.startedAtMs }
}
