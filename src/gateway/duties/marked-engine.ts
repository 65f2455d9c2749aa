import type { Conversation } from '../../core/conversation.ts'
import { MusivumError } from '../../core/errors.ts'
import type { CallContext, Engine } from '../../engines/engine.ts'
import type { Permit } from '../../policy/permit.ts'

/**
 * The engine as a permit with the duty `watermark` lets it be used: what it writes carries the mark of this key. Rules let only
 * the embedded engine come here; any other is a mistake of ours, and is not asked.
 */
export function markedEngine(engine: Engine, key: Uint8Array, onMarked: () => void): Engine {
  if (engine.model.binding.engine !== 'llama')
    throw new TypeError(`${engine.model.name} cannot watermark, and a permit obliges it to`)
  return {
    ...engine,
    answer(permit: Permit, conversation: Conversation, context: CallContext) {
      if (conversation.topLogprobs !== undefined) throw noLogprobs()
      onMarked()
      return engine.answer(permit, conversation, { ...context, watermark: { key } })
    },
  }
}

/** The sampler reports them after its biases: they would be of the mark, and not what the model thought of its words. */
function noLogprobs(): MusivumError {
  const message =
    'A rule obliges to watermark the answer, and its log-probabilities would be those of the mark.'
  return new MusivumError('request.unsupported', message, { param: 'logprobs' })
}
