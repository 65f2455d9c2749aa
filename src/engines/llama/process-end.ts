import { MusivumError } from '../../core/errors.ts'

/** How a process ended, in one line with its last words: `exit code 134: GGML_ASSERT(tensor != NULL) failed`. */
export function endOf(
  code: number | null,
  signal: NodeJS.Signals | null,
  complaint: string | undefined,
): string {
  const how = signal === null ? `exit code ${code ?? '?'}` : `signal ${signal}`
  return complaint === undefined ? how : `${how}: ${complaint}`
}

/** What the requests hear that a process was answering when it ended by itself. */
export function crashed(called: string, why: string): MusivumError {
  const message = `The ${called} of this model ended (${why}). Only the requests it was answering are lost; try again.`
  return new MusivumError('engine.crashed', message, { retryAfterSeconds: 1 })
}
