import type { Clock } from '../../core/ports.ts'
import type { CallContext } from '../engine.ts'
import { errorInside, parseWhole, responseReader } from './response-reader.ts'
import { asThrown, type CallRequest, type Upstream } from './upstream.ts'
import { badAnswer, isErrorPayload } from './upstream-error.ts'

/** A call whose answer is one piece of JSON and never a stream. `read` makes the answer of it, or throws. */
export function askJson<Answer>(
  { upstream, clock }: { readonly upstream: Upstream; readonly clock: Clock },
  request: Pick<CallRequest, 'path' | 'body'>,
  read: (json: unknown) => Answer,
  context: CallContext,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { identity } = upstream
    const notStreamed = (): never => {
      throw badAnswer(identity, 'with an event stream where one JSON answer was asked for')
    }
    const reader = responseReader(identity, clock, {
      onStreamData: notStreamed,
      onStreamEnd: notStreamed,
      onWhole(received) {
        const json = parseWhole(identity, received)
        if (isErrorPayload(json)) throw errorInside(identity, json, clock)
        resolve(read(json))
      },
      onFail: (error) => reject(asThrown(error)),
    })
    upstream.call({ ...request, streamed: false }, context, reader)
  })
}
