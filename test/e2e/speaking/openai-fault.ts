import type { Fault } from './speaking-client.ts'

/** What the errors of `openai` carry. */
export function openAiFault(thrown: unknown): Fault {
  const { status, code, message } = thrown as { status?: number; code?: string; message: string }
  return { status, code, message }
}
