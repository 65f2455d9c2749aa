import type { Permit } from '../../../policy/permit.ts'
import type { CallContext } from '../../engine.ts'
import type { AnswerOrder } from '../protocol.ts'

/** The mark that a call asks for. A TypeError where the permit obliges to one and nobody gave a key: it must not be left out. */
export function markOf(permit: Permit, { watermark }: CallContext): Pick<AnswerOrder, 'watermark'> {
  if (watermark !== undefined) return { watermark: watermark.key }
  if (!permit.obligations.includes('watermark')) return {}
  throw new TypeError('a permit obliges to watermark, and the call came without a key for it')
}
