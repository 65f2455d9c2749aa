import type { AnswerWriter } from './answer-writer.ts'

/** Opens the contexts of one adapter. */
export type OpenAdapter = (adapter: string) => Promise<AnswerWriter>

/**
 * The writer of the weights and those of adapters on them, each opened by the first order that names it. There are as many
 * as the configuration has beside these weights, and memory was promised for all.
 */
export function adaptedWriters(base: AnswerWriter, open: OpenAdapter): AnswerWriter {
  const opened = new Map<string, Promise<AnswerWriter>>()

  function writerOf(adapter: string): Promise<AnswerWriter> {
    const writer = opened.get(adapter) ?? open(adapter)
    opened.set(adapter, writer)
    // Told to everybody who waited for it; whoever comes next tries again.
    writer.catch(() => opened.delete(adapter))
    return writer
  }

  return async (order, cancellation, emit) => {
    const write = order.adapter === undefined ? base : await writerOf(order.adapter)
    return write(order, cancellation, emit)
  }
}
