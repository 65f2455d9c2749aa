import type { AnswerEvent } from '../core/events.ts'
import { maskJson } from '../privacy/masked-call/mask-json.ts'
import { AnswerBlocks, blockOf, deltaOf, MAX_KEPT_CHARS, withText } from './answer-blocks.ts'
import type { AnswerGuard } from './answer-guard.ts'
import type { About, Find, Piece } from './guard.ts'
import { reads } from './guards-for.ts'
import { judgePieces, readPiece } from './judge-pieces.ts'
import { readText } from './replace-findings.ts'
import type { Tally } from './tally.ts'

/** Nothing leaves before the verdict on the whole. */
export function holdAnswer(tally: Tally, about: About): AnswerGuard {
  const blocks = new AnswerBlocks()
  let held: AnswerEvent[] = []

  return {
    push(event) {
      if (tally.failed) return [event]
      held.push(event)
      blocks.add(event)
      if (blocks.chars <= MAX_KEPT_CHARS) return []
      tally.fail(new RangeError(`the answer is over ${MAX_KEPT_CHARS} characters long`))
      const passed = held
      held = []
      return passed
    },
    async end() {
      if (!tally.failed) await judgePieces(tally, piecesFor(tally, blocks), about)
      tally.settle()
      tally.finish()
      const { action, check } = tally.guard
      const replaces = action === 'redact' && check.kind === 'local' && tally.found && !tally.failed
      return replaces ? replaced(held, blocks, tally, check.open(about)) : held
    },
  }
}

function piecesFor({ guard }: Tally, blocks: AnswerBlocks): readonly Piece[] {
  return guard.check.kind === 'local' ? [...blocks.pieces(), ...blocks.fields()] : blocks.pieces()
}

/** The answer without what was found: each block's text as a whole where its first piece stood, so it does not matter how it was cut. */
function replaced(
  events: readonly AnswerEvent[],
  blocks: AnswerBlocks,
  tally: Tally,
  find: Find,
): readonly AnswerEvent[] {
  const whole = new Map(
    blocks
      .pieces()
      .filter(({ kind }) => reads(tally.guard, kind))
      .map((piece) => [piece.where, { text: readPiece(piece, find).text, was: piece.text }] as const),
  )
  const said = new Set<string>()
  return events.flatMap((event): readonly AnswerEvent[] => {
    const delta = deltaOf(event)
    if (event.kind === 'extra')
      return [{ ...event, fields: maskJson(event.fields, (text) => readText(text, find).text) }]
    if (event.kind === 'reasoning-end') return [unsigned(event, whole)]
    if (delta === undefined) return [event]
    const { where } = blockOf(delta)
    const block = whole.get(where)
    if (block === undefined || block.text === block.was) return [event]
    if (said.has(where)) return []
    said.add(where)
    return [withText(delta, block.text)]
  })
}

/** Its maker signed the words it wrote and refuses others under that signature, so it goes with them. */
function unsigned(
  event: Extract<AnswerEvent, { readonly kind: 'reasoning-end' }>,
  blocks: ReadonlyMap<string, { readonly text: string; readonly was: string }>,
): AnswerEvent {
  const { where } = blockOf({ kind: 'reasoning-delta', choice: event.choice, text: '' })
  const block = blocks.get(where)
  return block === undefined || block.text === block.was ? event : { kind: event.kind, choice: event.choice }
}
