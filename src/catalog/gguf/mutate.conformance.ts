/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function seededDraw(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What breaks readers: sizes just past a border, all ones, signs turned over. */
const NASTY = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0xffffn,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
]

/** A copy with one to four wounds: bits, bytes, nasty numbers, pieces cut out, doubled or moved. */
export function mutated(original: Uint8Array, draw: () => number): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(original)
  const wounds = 1 + Math.floor(draw() * 4)
  for (let wound = 0; wound < wounds; wound += 1) {
    const kind = WOUNDS[Math.floor(draw() * WOUNDS.length)]
    if (kind !== undefined && bytes.length > 16) bytes = kind(bytes, draw)
  }
  return bytes
}

type Wound = (bytes: Uint8Array, draw: () => number) => Uint8Array

const place = (bytes: Uint8Array, draw: () => number, room: number) =>
  Math.floor(draw() * (bytes.length - room))

const WOUNDS: readonly Wound[] = [
  (bytes, draw) => withByte(bytes, place(bytes, draw, 1), (byte) => byte ^ (1 << Math.floor(draw() * 8))),
  (bytes, draw) => withByte(bytes, place(bytes, draw, 1), () => Math.floor(draw() * 256)),
  (bytes, draw) => withNumber(bytes, place(bytes, draw, 8), 8, draw),
  (bytes, draw) => withNumber(bytes, place(bytes, draw, 4), 4, draw),
  // The counts at the start decide the most.
  (bytes, draw) => withNumber(bytes, 4 + 4 * Math.floor(draw() * 3), 4, draw),
  (bytes, draw) => bytes.slice(0, place(bytes, draw, 1)),
  (bytes, draw) => {
    const [from, to] = [place(bytes, draw, 1), place(bytes, draw, 1)].toSorted((a, b) => a - b)
    return spliced(bytes, from ?? 0, to ?? 0, new Uint8Array())
  },
  (bytes, draw) => {
    const from = place(bytes, draw, 16)
    return spliced(bytes, from, from, bytes.slice(from, from + 1 + Math.floor(draw() * 64)))
  },
  (bytes, draw) => {
    const piece = bytes.slice(place(bytes, draw, 16)).slice(0, 16)
    const to = place(bytes, draw, 16)
    return spliced(bytes, to, to + piece.length, piece)
  },
]

function withByte(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  bytes[at] = change(bytes[at] ?? 0) & 0xff
  return bytes
}

function withNumber(bytes: Uint8Array, at: number, width: 4 | 8, draw: () => number): Uint8Array {
  const value = NASTY[Math.floor(draw() * NASTY.length)] ?? 0n
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const little = draw() < 0.5
  if (width === 8) view.setBigUint64(at, value, little)
  else view.setUint32(at, Number(value & 0xffff_ffffn), little)
  return bytes
}

function spliced(bytes: Uint8Array, from: number, to: number, piece: Uint8Array): Uint8Array {
  const whole = new Uint8Array(bytes.length - (to - from) + piece.length)
  whole.set(bytes.subarray(0, from))
  whole.set(piece, from)
  whole.set(bytes.subarray(to), from + piece.length)
  return whole
}
