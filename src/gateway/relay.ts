import type { Engine, RelayOperation, RelaySink } from '../engines/engine.ts'
import type { Obligation } from '../policy/permit.ts'
import { ACCOUNT_TRAILERS, accountHeaders, identityHeaders } from './answer-headers.ts'
import { callContext } from './call-context.ts'
import { outputGuards } from './check.ts'
import type { Exchange } from './exchange.ts'
import type { Delivery } from './operation.ts'
import { exhausted } from './spending/spending.ts'
import { streamedTextBytes } from './spending/streamed-text.ts'

/**
 * Bytes may pass through when client and server speak one protocol and nothing has to be read or changed on the way:
 * no obligation on the permit, no guard on the output, and no toy, whose every answer must say what it is.
 */
export function mayRelay(
  delivery: Delivery,
  engine: Engine,
  operation: RelayOperation,
): engine is RelayingEngine {
  const { chosen } = delivery
  return (
    engine.relay !== undefined &&
    engine.relays.has(operation) &&
    delivery.request.mayRelay !== false &&
    chosen.permit.obligations.every((obligation) => DONE_ELSEWHERE.has(obligation)) &&
    // Vectors hold no text that a guard could read.
    (operation === 'embeddings' || outputGuards(delivery).length === 0) &&
    !chosen.model.toy
  )
}

/** Duties that need nobody to read the answer: they were done before it, or are done by leaving something undone. */
const DONE_ELSEWHERE: ReadonlySet<Obligation> = new Set([
  'local-only',
  'no-cache',
  'no-log-content',
  'no-shadow',
])

export type RelayingEngine = Engine & Required<Pick<Engine, 'relay'>>

export async function relay(
  delivery: Delivery,
  engine: RelayingEngine,
  operation: RelayOperation,
): Promise<void> {
  const { gateway, request, chosen, record } = delivery
  const { reply } = record.exchange
  const held = holdingSink()
  const begin = (contentType: string): void => beginStream(delivery, contentType)
  const { body, stream, includeUsage } = request
  const outcome = await engine.relay(
    chosen.permit,
    { operation, body, stream, includeUsage, ...betasOf(record.exchange) },
    stream ? streamingSink(delivery, begin) : held.sink,
    callContext(delivery),
  )
  record.usage = outcome.usage ?? null
  if (record.usage === null && operation !== 'embeddings') record.spending?.passed(held.bytes())
  record.lastModelByteMs = outcome.lastByteAtMs
  record.firstByteMs ??= outcome.lastByteAtMs
  const account = accountHeaders(record, gateway.clock.monotonic())
  if (stream) reply.end(account)
  else
    reply.whole(
      200,
      { 'content-type': held.contentType(), ...identityHeaders(record), ...account },
      held.body(),
    )
}

// Anthropic documents a few dozen; more names than that are no features.
const MAX_BETAS = 32

/** Only the names of features go on, never a header as it came. */
function betasOf({ header }: Exchange): { readonly betas?: readonly string[] } {
  const given = header('anthropic-beta')
  if (given === undefined) return {}
  const names = given.split(',').map((name) => name.trim())
  return { betas: names.filter((name) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)).slice(0, MAX_BETAS) }
}

/** The head of a streamed answer goes out with its first byte, so that what fails before it still gets its own status. */
export function beginStream(delivery: Delivery, contentType: string): void {
  const { gateway, record } = delivery
  record.firstByteMs ??= gateway.clock.monotonic()
  const headers = { 'content-type': contentType, 'cache-control': 'no-cache', ...identityHeaders(record) }
  record.exchange.reply.begin(200, headers, ACCOUNT_TRAILERS)
}

function streamingSink({ record }: Delivery, begin: (contentType: string) => void): RelaySink {
  const { exchange, spending } = record
  const { reply } = exchange
  let over = false
  return {
    head: begin,
    bytes(chunk) {
      over ||= spending?.passed(streamedTextBytes(chunk)) === false
      if (!over) return reply.write(chunk)
      // The call behind is ended with the exchange; what it still has in its hands goes nowhere.
      exchange.stop(exhausted())
      return true
    },
    drained: (resume) => reply.drained(resume),
  }
}

type HoldingSink = {
  readonly sink: RelaySink
  readonly contentType: () => string
  readonly body: () => Uint8Array
  readonly bytes: () => number
}

/** Keeps a whole answer, so that its cost and our overhead are known when the head is written. The engine bounds its size. */
function holdingSink(): HoldingSink {
  const chunks: Uint8Array[] = []
  let contentType = 'application/json'
  return {
    sink: {
      head(type) {
        contentType = type
      },
      bytes(chunk) {
        chunks.push(chunk)
        return true
      },
      drained: (resume) => resume(),
    },
    contentType: () => contentType,
    bytes: () => chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    body: () => (chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
  }
}
