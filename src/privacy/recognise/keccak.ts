/**
 * Keccak-256 as Ethereum uses it: the sponge of FIPS 202 with the padding from before the standard. For one address at a
 * time, not for a scan.
 */
export function keccak256(bytes: Uint8Array): string {
  const lanes: bigint[] = Array.from({ length: 25 }, () => 0n)
  for (const block of paddedBlocks(bytes)) {
    for (let lane = 0; lane < RATE_BYTES / 8; lane += 1)
      lanes[lane] = laneOf(lanes, lane) ^ littleEndian(block, 8 * lane)
    permute(lanes)
  }
  return lanes.slice(0, 4).map(hexOf).join('')
}

const RATE_BYTES = 136
const ALL = (1n << 64n) - 1n

function* paddedBlocks(bytes: Uint8Array): Generator<Uint8Array> {
  const padded = new Uint8Array((Math.floor(bytes.length / RATE_BYTES) + 1) * RATE_BYTES)
  padded.set(bytes)
  padded[bytes.length] = 1
  padded[padded.length - 1] = (padded.at(-1) ?? 0) | 0x80
  for (let at = 0; at < padded.length; at += RATE_BYTES) yield padded.subarray(at, at + RATE_BYTES)
}

function littleEndian(bytes: Uint8Array, at: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true)
}

function hexOf(lane: bigint): string {
  return Array.from({ length: 8 }, (_, byte) =>
    ((lane >> BigInt(8 * byte)) & 0xffn).toString(16).padStart(2, '0'),
  ).join('')
}

function laneOf(lanes: readonly bigint[], place: number): bigint {
  return lanes[place] ?? 0n
}

function rotate(lane: bigint, by: number): bigint {
  return ((lane << BigInt(by)) | (lane >> BigInt(64 - by))) & ALL
}

/** FIPS 202, 3.3: theta, rho and pi, chi, iota, twenty-four times. */
function permute(lanes: bigint[]): void {
  for (const constant of roundConstants()) {
    const columns = [0, 1, 2, 3, 4].map((x) =>
      [0, 5, 10, 15, 20].reduce((sum, y) => sum ^ laneOf(lanes, x + y), 0n),
    )
    for (let place = 0; place < 25; place += 1) {
      const x = place % 5
      const mixed = (columns[(x + 4) % 5] ?? 0n) ^ rotate(columns[(x + 1) % 5] ?? 0n, 1)
      lanes[place] = laneOf(lanes, place) ^ mixed
    }
    const moved = rhoAndPi(lanes)
    for (let place = 0; place < 25; place += 1) {
      const row = 5 * Math.floor(place / 5)
      const next = laneOf(moved, row + ((place + 1) % 5))
      lanes[place] = laneOf(moved, place) ^ (~next & ALL & laneOf(moved, row + ((place + 2) % 5)))
    }
    lanes[0] = laneOf(lanes, 0) ^ constant
  }
}

/** Each lane turned by a triangular number, and put where the walk over the lanes comes next. */
function rhoAndPi(lanes: readonly bigint[]): readonly bigint[] {
  const moved = [...lanes]
  let [x, y] = [1, 0]
  for (let step = 0; step < 24; step += 1) {
    const lane = laneOf(lanes, x + 5 * y)
    ;[x, y] = [y, (2 * x + 3 * y) % 5]
    moved[x + 5 * y] = rotate(lane, (((step + 1) * (step + 2)) / 2) % 64)
  }
  return moved
}

/** Bits of a shift register of eight, at the places 2^j − 1. */
function* roundConstants(): Generator<bigint> {
  let register = 1
  for (let round = 0; round < 24; round += 1) {
    let constant = 0n
    for (let power = 0; power < 7; power += 1) {
      if ((register & 1) === 1) constant |= 1n << BigInt(2 ** power - 1)
      register = (register << 1) ^ ((register >> 7) * 0x171)
    }
    yield constant
  }
}
