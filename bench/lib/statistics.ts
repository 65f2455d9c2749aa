/** The value in the middle; of an even count the mean of the two middle ones. NaN for none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The value below which the share `q` (0..1) of the values lies, interpolated between neighbours. NaN for none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (sorted.length - 1) * q
  const below = sorted[Math.floor(at)]
  const above = sorted[Math.ceil(at)]
  if (below === undefined || above === undefined) return Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}

export type Point = { readonly x: number; readonly y: number }

/** The slope of the least-squares line through the points, in units of y per unit of x. NaN for fewer than two points. */
export function slope(points: readonly Point[]): number {
  if (points.length < 2) return Number.NaN
  const meanX = mean(points.map((point) => point.x))
  const meanY = mean(points.map((point) => point.y))
  const covariance = sum(points.map((point) => (point.x - meanX) * (point.y - meanY)))
  return covariance / sum(points.map((point) => (point.x - meanX) ** 2))
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length
}
