import type { Claim } from '../read-together.ts'
import { markup, type Markup } from './markup.ts'

/** What a mark says by its shape alone, for readers and printers without colour. */
export type MarkKind = 'proven' | 'open' | 'worse' | 'reference' | 'step' | 'certified' | 'other'

export const MARK_OF: Readonly<Record<Claim, MarkKind>> = {
  better: 'proven',
  'no-worse': 'proven',
  'no-worse-alone': 'open',
  open: 'open',
  'worse-alone': 'open',
  worse: 'worse',
}

/** Centred on 0, 0 of the picture around it. */
const SHAPES: Readonly<Record<MarkKind, Markup>> = {
  proven: markup`<circle class="mark proven" r="5.5"/>`,
  open: markup`<circle class="mark open" r="4.75"/>`,
  worse: markup`<path class="mark worse" d="M-5.5-4.2h11L0 5.6z"/>`,
  reference: markup`<path class="mark reference" d="M0-6.5 6.5 0 0 6.5-6.5 0z"/>`,
  step: markup`<circle class="mark step" r="4.5"/>`,
  certified: markup`<circle class="halo" r="10"/><circle class="mark proven" r="5.5"/>`,
  other: markup`<circle class="mark other" r="3.5"/>`,
}

/** Inside a picture, at a share of its width and at a share or pixels of its height. */
export function markAt(kind: MarkKind, x: string, y: string | number): Markup {
  return markup`<svg x="${x}" y="${y}" overflow="visible">${SHAPES[kind]}</svg>`
}

/** In a line of text, where the words beside it say the same. */
export function inlineMark(kind: MarkKind): Markup {
  return markup`<svg class="inline-mark" viewBox="-8 -8 16 16" aria-hidden="true">${SHAPES[kind]}</svg>`
}
