import type { FinishReason } from '../../core/events.ts'

export function chatCompletionId(requestId: string): string {
  return `chatcmpl-${requestId}`
}

/** OpenAI's clients know four reasons; anything else a server says is, to them, a stop. */
export function renderFinishReason(reason: FinishReason): string {
  switch (reason) {
    case 'stop':
    case 'other':
      return 'stop'
    case 'length':
      return 'length'
    case 'tool-calls':
      return 'tool_calls'
    case 'content-filter':
      return 'content_filter'
    default:
      return reason satisfies never
  }
}
