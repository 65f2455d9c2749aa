/** The values of all 65,536 halves: looking one up is ten times as fast as computing it, and a block has one or two. */
let table: Float32Array | undefined

/** IEEE 754 binary16 by its bits. */
export function halfFloats(): Float32Array {
  return (table ??= Float32Array.from({ length: 65_536 }, (_, bits) => valueOf(bits)))
}

function valueOf(bits: number): number {
  const sign = bits >= 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
