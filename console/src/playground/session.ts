import { useSyncExternalStore } from 'react'
import { fetchRequest } from '../api/admin.ts'
import { ApiError } from '../api/api-error.ts'
import { streamChat, type ChatRequest } from './chat-stream.ts'
import { advanced, ended, IDLE, isRunning, type Run } from './run.ts'

export type Side = 0 | 1
export const SIDES = [0, 1] as const

export type Draft = {
  readonly models: readonly [string, string]
  readonly prompt: string
  readonly system: string
  /** As typed: an empty field is the model's own default. */
  readonly temperature: string
  readonly maxTokens: string
  readonly seed: string
}

export type Session = { readonly draft: Draft; readonly runs: readonly [Run, Run] }

/**
 * The playground outlives its screen: an answer goes on while one looks at its decision card and comes back. It is
 * kept in the memory of the tab only, because prompts may be private.
 */
let session: Session = {
  draft: { models: ['', ''], prompt: '', system: '', temperature: '', maxTokens: '256', seed: '' },
  runs: [IDLE, IDLE],
}
let stopping: AbortController | undefined
const watchers = new Set<() => void>()

export function useSession(): Session {
  return useSyncExternalStore(
    (changed) => {
      watchers.add(changed)
      return () => {
        watchers.delete(changed)
      }
    },
    () => session,
  )
}

function become(next: Session): void {
  session = next
  for (const changed of watchers) changed()
}

export function changeDraft(part: Partial<Draft>): void {
  become({ ...session, draft: { ...session.draft, ...part } })
}

function changeRun(side: Side, change: (run: Run) => Run): void {
  const [first, second] = session.runs
  become({ ...session, runs: side === 0 ? [change(first), second] : [first, change(second)] })
}

export function canSend({ draft, runs }: Session): boolean {
  return draft.prompt.trim() !== '' && draft.models.some((model) => model !== '') && !runs.some(isRunning)
}

/** Asks both models at once. Ends when both have. */
export async function send(): Promise<void> {
  if (!canSend(session)) return
  stopping = new AbortController()
  const { signal } = stopping
  await Promise.all(SIDES.map((side) => runSide(side, signal)))
}

export function stop(): void {
  stopping?.abort()
}

async function runSide(side: Side, signal: AbortSignal): Promise<void> {
  const model = session.draft.models[side]
  if (model === '') return changeRun(side, () => IDLE)
  changeRun(side, () => ({ ...IDLE, phase: 'waiting', startedAtMs: performance.now() }))
  try {
    await streamChat(requestOf(session.draft, model), signal, (event) =>
      changeRun(side, (run) => advanced(run, event, performance.now())),
    )
    changeRun(side, (run) => ended(run, 'done', performance.now()))
  } catch (thrown) {
    changeRun(side, (run) => failed(run, thrown, signal))
  }
  await addRow(side)
}

function failed(run: Run, thrown: unknown, signal: AbortSignal): Run {
  if (signal.aborted) return ended(run, 'stopped', performance.now())
  const error =
    thrown instanceof ApiError ? thrown : new ApiError(String(thrown), { status: 0 }, { cause: thrown })
  return ended(run, 'failed', performance.now(), error)
}

function requestOf(draft: Draft, model: string): ChatRequest {
  const { prompt, system, temperature, maxTokens, seed } = draft
  return {
    model,
    prompt,
    system,
    temperature: numberOf(temperature),
    maxTokens: numberOf(maxTokens),
    seed: numberOf(seed),
  }
}

function numberOf(typed: string): number | null {
  const value = Number(typed)
  return typed.trim() === '' || Number.isNaN(value) ? null : value
}

// The row is queued when the answer ends and the reader may be faster: three tries in under a second are enough for
// any disk that is not stuck, and without the row only cost and overhead are missing.
const ROW_TRIES_MS = [0, 150, 600]

async function addRow(side: Side): Promise<void> {
  const id = session.runs[side].requestId
  if (id === null) return
  for (const waitMs of ROW_TRIES_MS) {
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    const row = await fetchRequest(id, AbortSignal.timeout(5_000)).catch(() => null)
    if (row === null) continue
    return changeRun(side, (run) => (run.requestId === id ? { ...run, row } : run))
  }
}
