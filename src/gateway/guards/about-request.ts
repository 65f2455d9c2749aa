import type { About } from '../../guards/guard.ts'
import { saidIn, systemPromptOf } from '../../guards/pieces-of-request.ts'
import type { Delivery } from '../operation.ts'
import { guardModelAsker } from './ask-guard-model.ts'

/** What guards may know of a request beside the text they judge. Worked out when one asks: most never do. */
export function aboutRequest(delivery: Pick<Delivery, 'gateway' | 'snapshot' | 'request' | 'record'>): About {
  const { gateway, request } = delivery
  return {
    get systemPrompt() {
      return systemPromptOf(request.content)
    },
    get said() {
      return saidIn(request.content)
    },
    ask: guardModelAsker(delivery),
    nowMs: gateway.clock.monotonic,
  }
}
