import type { AnswerEvent } from '../../core/events.ts'

/** Counts the prompt tokens of all answers, by what the server says it read and found read. */
export type PromptMeter = {
  readonly watch: (events: AsyncIterable<AnswerEvent>) => AsyncIterable<AnswerEvent>
  readonly tokens: () => { readonly evaluated: number; readonly reused: number }
}

export function promptMeter(): PromptMeter {
  let evaluated = 0
  let reused = 0
  return {
    async *watch(events) {
      for await (const event of events) {
        if (event.kind === 'usage') {
          evaluated += event.usage.inputTokens
          reused += event.usage.cacheReadTokens
        }
        yield event
      }
    },
    tokens: () => ({ evaluated, reused }),
  }
}
