/** An M in fourteen tesserae, the one in the middle gold. */
export function Logo({ className }: { readonly className?: string }) {
  return (
    <svg viewBox="0 0 20 20" className={className} aria-hidden="true">
      {TILES.map(([column, row, fill]) => (
        <rect
          key={`${column},${row}`}
          x={1 + column * 3.7}
          y={1 + row * 3.7}
          width="3.2"
          height="3.2"
          rx="0.5"
          className={fill}
        />
      ))}
    </svg>
  )
}

const DEEP = 'fill-lapis-fill'
const PALE = 'fill-lapis'
const TILES: readonly (readonly [number, number, string])[] = [
  ...[0, 1, 2, 3, 4].map((row) => [0, row, row % 3 === 1 ? PALE : DEEP] as const),
  [1, 1, DEEP],
  [2, 2, 'fill-[#d9a032]'],
  [3, 1, PALE],
  ...[0, 1, 2, 3, 4].map((row) => [4, row, row % 3 === 2 ? PALE : DEEP] as const),
]
