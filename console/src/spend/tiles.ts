/** The colours of the groups of a chart, by rank; names in the theme. The others are grey, wherever they stand. */
export function tileOf(index: number, others: boolean): string {
  return others ? 'tile-rest' : (TILES[index] ?? 'tile-rest')
}

const TILES = ['tile-1', 'tile-2', 'tile-3', 'tile-4', 'tile-5', 'tile-6']

/** The same as classes, spelled out so that the stylesheet has them. */
export function tileClass(index: number, others: boolean): string {
  return others ? 'bg-tile-rest' : (CLASSES[index] ?? 'bg-tile-rest')
}

const CLASSES = ['bg-tile-1', 'bg-tile-2', 'bg-tile-3', 'bg-tile-4', 'bg-tile-5', 'bg-tile-6']
