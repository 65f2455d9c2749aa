import { createContext, Script } from 'node:vm'

/**
 * Runs `work` for at most so long, and throws `TooLong` when it is not done by then. A client's schema may hold a pattern
 * or references that take longer than a lifetime, and nothing else of this thread runs meanwhile: ending it from outside
 * is the only way out.
 */
export function withinTime<T>(maxMs: number, work: () => T): T {
  sandbox['work'] = work
  try {
    return call.runInContext(sandbox, { timeout: maxMs }) as T
  } catch (cause) {
    throw isTooMuch(cause) ? new TooLong(undefined, { cause }) : cause
  } finally {
    sandbox['work'] = undefined
  }
}

export class TooLong extends Error {}

const sandbox = createContext({ work: undefined as unknown })
const call = new Script('work()')

/** Deeper than the stack counts as too long: both are a schema that asks for more than there is. */
function isTooMuch(thrown: unknown): boolean {
  // The error of the clock belongs to the sandbox: to us it is an instance of nothing.
  const { code } = thrown as { readonly code?: unknown }
  return code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' || thrown instanceof RangeError
}
