import type { About, Found, Piece } from './guard.ts'
import { reads } from './guards-for.ts'
import { readJson, readText, type ReadText } from './replace-findings.ts'
import type { Tally } from './tally.ts'

/** What is JSON, or may be. */
export function readPiece(
  piece: Pick<Piece, 'kind' | 'text'>,
  find: Parameters<typeof readText>[1],
): ReadText {
  const mayBeJson = piece.kind === 'tool-call' || piece.kind === 'tool-result'
  return mayBeJson ? readJson(piece.text, find) : readText(piece.text, find)
}

/** The verdict of one guard on texts that are whole, counted in its tally. Throws `guard.failed` where the guard fails closed. */
export async function judgePieces(tally: Tally, pieces: readonly Piece[], about: About): Promise<void> {
  const { guard } = tally
  const mine = pieces.filter(({ kind }) => reads(guard, kind))
  const { check } = guard
  if (check.kind === 'local') {
    const find = tally.watched(tally.opened(check, about))
    for (const piece of mine)
      for (const finding of readPiece(piece, find).findings) tally.add(finding, piece.where)
    return
  }
  tally.addFound(await judged(tally, () => check.judge(mine, about)))
}

async function judged(
  tally: Tally,
  judge: () => readonly Found[] | Promise<readonly Found[]>,
): Promise<readonly Found[]> {
  try {
    return await tally.timed(judge)
  } catch (thrown) {
    tally.fail(thrown)
    return []
  }
}
