import { MusivumError } from '../../core/errors.ts'

/** A signature that does not hold, with the one line that says why. Whoever asks for a verdict catches these. */
export function refused(line: string): MusivumError {
  return new MusivumError('engine.weights_damaged', `the signature: ${line}`)
}

/** Undefined when it holds. @throws whatever is no refusal */
export function refusalOf(check: () => void): string | undefined {
  try {
    check()
    return undefined
  } catch (thrown) {
    return refusalLine(thrown)
  }
}

/** The line of a refusal. @throws what was thrown, when it is none */
export function refusalLine(thrown: unknown): string {
  if (thrown instanceof MusivumError && thrown.code === 'engine.weights_damaged') return thrown.message
  throw thrown
}
