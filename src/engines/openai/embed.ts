import type { EmbeddingAnswer } from '../../core/events.ts'
import type { Clock } from '../../core/ports.ts'
import { parseEmbeddingAnswer } from '../../wire/embeddings/parse-answer.ts'
import type { CallContext } from '../engine.ts'
import { errorInside, parseWhole, responseReader } from './response-reader.ts'
import { asThrown, type Upstream } from './upstream.ts'
import { badAnswer, isErrorPayload } from './upstream-error.ts'

/** One vector per input, in the order of the inputs. */
export function embedTexts(
  upstream: Upstream,
  clock: Clock,
  body: string,
  inputCount: number,
  context: CallContext,
): Promise<EmbeddingAnswer> {
  return new Promise((resolve, reject) => {
    const { identity } = upstream
    const notStreamed = (): never => {
      throw badAnswer(identity, 'with an event stream where vectors were asked for')
    }
    const reader = responseReader(identity, clock, {
      onStreamData: notStreamed,
      onStreamEnd: notStreamed,
      onWhole(received) {
        const json = parseWhole(identity, received)
        if (isErrorPayload(json)) throw errorInside(identity, received.toString('utf8'), clock)
        resolve(parseEmbeddingAnswer(json, inputCount))
      },
      onFail: (error) => reject(asThrown(error)),
    })
    upstream.call({ path: '/embeddings', body, streamed: false }, context, reader)
  })
}
