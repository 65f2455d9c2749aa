/** `93.8`: a share in per cent, or `-` where nobody knows. */
export function percent(share: number | null): string {
  return share === null ? '-' : (100 * share).toFixed(1)
}

/** `[90.0, 96.2]` */
export function percentRange(interval: readonly [number, number] | null): string {
  return interval === null ? '-' : `[${percent(interval[0])}, ${percent(interval[1])}]`
}

/** `+11.1`: a difference of shares in points. */
export function points(share: number | null): string {
  if (share === null) return '-'
  const text = Math.abs(100 * share).toFixed(1)
  // A loss of a hundredth of a point is no loss in the digits shown.
  return `${share < 0 && text !== '0.0' ? '−' : '+'}${text}`
}

/** `[+8.6, +13.6]` */
export function pointsRange(interval: readonly [number, number] | null): string {
  return interval === null ? '-' : `[${points(interval[0])}, ${points(interval[1])}]`
}
