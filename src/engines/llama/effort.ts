import type { LlamaContextSequence } from 'node-llama-cpp'
import type { DoneReport } from './protocol.ts'

/** What one answer cost the engine. */
export type Effort = {
  /** After each token. */
  readonly step: () => void
  readonly sum: () => Pick<DoneReport, 'reusedTokens' | 'evaluatedTokens' | 'promptMs' | 'writingMs'>
}

/** Begins now, with what the sequence holds of the prompt. */
export function effortOf({ nextTokenIndex: held, tokenMeter: meter }: LlamaContextSequence): Effort {
  const before = meter.getState()
  const begunMs = performance.now()
  let first: { readonly atMs: number; readonly evaluated: number } | undefined
  let lastMs = begunMs

  /** The library's own count. It takes a token that another is drawn after for output, the last one of a prompt too. */
  function evaluated(): number {
    const { usedInputTokens, usedOutputTokens } = meter.diff(before)
    return usedInputTokens + usedOutputTokens
  }

  return {
    step() {
      lastMs = performance.now()
      first ??= { atMs: lastMs, evaluated: evaluated() }
    },
    sum: () => ({
      reusedTokens: held,
      evaluatedTokens: first?.evaluated ?? evaluated(),
      promptMs: (first?.atMs ?? performance.now()) - begunMs,
      writingMs: first === undefined ? 0 : lastMs - first.atMs,
    }),
  }
}
