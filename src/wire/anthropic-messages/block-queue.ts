import { MusivumError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { eventOf, eventText } from './event-text.ts'

/** A block on its way to the client. */
export type QueuedBlock = {
  /** As `content_block_start` shows it. */
  readonly start: JsonObject
  /** Deltas, as JSON text, that wait until the blocks before have stopped. */
  readonly held: string[]
  ended: boolean
  /** Its content is whole although nobody has said so: it may stop as soon as another block wants to start. */
  complete: boolean
}

export type BlockQueue = {
  readonly open: (start: JsonObject) => QueuedBlock
  readonly add: (block: QueuedBlock, delta: string) => void
  readonly end: (block: QueuedBlock) => void
  /** Ends every block that is still open. */
  readonly endAll: () => void
}

/** As much as an event of an upstream may hold. Only calls that a server interleaves are held at all. */
const MAX_HELD_CHARS = 16 * 1024 * 1024

/**
 * Blocks one after the other, which is this protocol's grammar: tool calls of other vendors may come interleaved, and are
 * said to be over only when the whole answer is. The first block in the queue goes out as it comes, the others wait.
 */
export function createBlockQueue(send: (events: string) => void): BlockQueue {
  const queue: QueuedBlock[] = []
  let index = 0
  let heldChars = 0

  function begin(block: QueuedBlock): void {
    send(eventText('content_block_start', { type: 'content_block_start', index, content_block: block.start }))
    for (const delta of block.held) sendDelta(delta)
    heldChars -= charsIn(block.held)
    block.held.length = 0
  }

  function sendDelta(delta: string): void {
    send(eventOf('content_block_delta', `{"type":"content_block_delta","index":${index},"delta":${delta}}`))
  }

  function advance(): void {
    for (let [first] = queue; first !== undefined; [first] = queue) {
      if (!first.ended && !(first.complete && queue.length > 1)) return
      send(eventOf('content_block_stop', `{"type":"content_block_stop","index":${index}}`))
      queue.shift()
      index += 1
      const [next] = queue
      if (next !== undefined) begin(next)
    }
  }

  return {
    open(start) {
      const block = { start, held: [], ended: false, complete: false }
      queue.push(block)
      if (queue.length === 1) begin(block)
      else advance()
      return block
    },
    add(block, delta) {
      if (block === queue[0]) return sendDelta(delta)
      // A block that has stopped was complete JSON: what still comes can only be space.
      if (!queue.includes(block)) return
      heldChars += delta.length
      if (heldChars > MAX_HELD_CHARS) throw tooMuchHeld()
      block.held.push(delta)
    },
    end(block) {
      block.ended = true
      advance()
    },
    endAll() {
      for (const block of queue) block.ended = true
      advance()
    },
  }
}

function charsIn(pieces: readonly string[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0)
}

function tooMuchHeld(): MusivumError {
  return new MusivumError(
    'upstream.bad_answer',
    `the server interleaved tool calls of more than ${MAX_HELD_CHARS} characters`,
  )
}
