const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** `5.0 MiB` */
export function bytes(count: number): string {
  const power = count < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(count) / 10))
  const value = count / 1024 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`
}

/** Dollars with three digits that count: `0.109`, `12.5`. */
export function shortUsd(usd: number): string {
  return String(Number(usd.toPrecision(3)))
}
