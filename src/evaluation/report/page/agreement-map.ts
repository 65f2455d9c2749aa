import { hundredths } from '../figures.ts'
import type { Agreement } from '../report.ts'
import { across, figure, svg } from './figure.ts'
import { markup, type Markup } from './markup.ts'
import { fittedText, userText } from './user-text.ts'

/** A square for every two of these still holds two digits on a laptop. */
const MAX_MODELS = 20

const ABOUT: Readonly<Record<Agreement['kind'], string>> = {
  answers: 'Share of the common items on which both gave the same answer, in per cent.',
  scores:
    'How alike the scores are, in per cent; where they are 0 or 1, the share of the common items on which both were right or both wrong.',
}

/** How often each two models do the same: the less, the more a second opinion is worth. */
export function agreementMap({ kind, models, shares }: Agreement, id: string): Markup {
  const shown = models.slice(0, MAX_MODELS)
  const more = models.length - shown.length
  return figure({
    id,
    heading: 'Who agrees with whom',
    about: [
      `${ABOUT[kind]} A second model is worth asking when it is good and seldom says the same.`,
      more > 0 && ` Not drawn, because they are the worst: ${more}.`,
    ],
    body: picture(shown, shares, id),
    table: {
      head: ['', ...shown.map((_, column) => String(column + 1))],
      rows: shown.map((model, row) => [
        markup`${row + 1}. ${userText(model)}`,
        ...shown.map((_, column) => hundredths(shares[row]?.[column] ?? null)),
      ]),
    },
  })
}

function picture(models: readonly string[], shares: Agreement['shares'], id: string): Markup {
  const pairs = pairsOf(models.length, shares)
  const known = pairs.map(({ share }) => share).filter((share) => share !== null)
  const [low, high] = [Math.min(...known), Math.max(...known)]
  const description =
    known.length === 0
      ? 'No two models share an item.'
      : `${models.length} models, two by two: from ${hundredths(low)} to ${hundredths(high)} per cent.`
  return markup`<div class="${models.length > 7 ? 'map dense' : 'map'}" style="--rows:${models.length}">
${models.map((model, row) => markup`<span class="name" style="grid-row:${row + 1}" aria-hidden="true"><b>${row + 1}</b> ${fittedText(model, 34, 11)}</span>`)}
${svg(id, 'How often two models do the same', description, [
  models.map((_, place) => numberAt(place, models.length)),
  pairs.map((pair) => cell(pair, models.length, strength(pair.share, low, high))),
])}
</div>`
}

type Pair = { readonly row: number; readonly column: number; readonly share: number | null }

/** Below the diagonal; above it would be the same again. */
function pairsOf(count: number, shares: Agreement['shares']): readonly Pair[] {
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: row }, (_each, column) => ({ row, column, share: shares[row]?.[column] ?? null })),
  ).flat()
}

/** 0 for the least alike to 1 for the most; where all are alike they are in the middle. */
function strength(share: number | null, low: number, high: number): number {
  if (share === null) return 0
  return high - low < 1e-9 ? 0.5 : (share - low) / (high - low)
}

/** On the diagonal, where a model meets itself: the column below it is that model's. */
function numberAt(place: number, count: number): Markup {
  const centre = across((place + 0.5) / count)
  return markup`<text class="diagonal" x="${centre}" y="${centre}" dy="4" text-anchor="middle">${place + 1}</text>`
}

function cell({ row, column, share }: Pair, count: number, strong: number): Markup {
  const side = across(1 / count)
  const [x, y] = [across(column / count), across(row / count)]
  const [middle, centre] = [across((column + 0.5) / count), across((row + 0.5) / count)]
  const text = share === null ? '–' : Math.round(100 * share)
  return markup`<rect x="${x}" y="${y}" width="${side}" height="${side}" style="--strong:${strong.toFixed(2)}"/><text class="cell" x="${middle}" y="${centre}" dy="4" text-anchor="middle">${text}</text>\n`
}
