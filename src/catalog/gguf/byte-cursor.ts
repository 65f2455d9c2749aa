import { MusivumError } from '../../core/errors.ts'

/** The header goes on beyond what was read: at least `bytes` bytes from the start of the file are needed. */
export class NeedMore extends Error {
  readonly bytes: number

  constructor(bytes: number) {
    super('the header goes on')
    this.bytes = bytes
  }
}

/** One line: the file, what is wrong, where, and what was expected. */
export function damaged(fileName: string, what: string): MusivumError {
  return new MusivumError('engine.weights_damaged', `${fileName}: ${what}`, { file: fileName })
}

/** Reads values in order. Asking beyond what was read throws `NeedMore`; beyond the file, damage. */
export class ByteCursor {
  at = 0
  littleEndian = true
  readonly fileBytes: number
  readonly name: string
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array, fileBytes: number, name: string) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.fileBytes = fileBytes
    this.name = name
  }

  /** Bytes of the file from here on: nothing that is still to come can be larger. */
  get left(): number {
    return this.fileBytes - this.at
  }

  /** Moves on and says where it was. */
  skip(length: number): number {
    const from = this.at
    const end = from + length
    if (!(end <= this.fileBytes)) {
      throw damaged(
        this.name,
        `the header wants ${length} bytes at byte ${from}, but the file has ${this.fileBytes}.`,
      )
    }
    if (end > this.#bytes.length) throw new NeedMore(end)
    this.at = end
    return from
  }

  take(length: number): Uint8Array {
    const from = this.skip(length)
    return this.#bytes.subarray(from, from + length)
  }

  u8(): number {
    return this.#view.getUint8(this.skip(1))
  }

  i8(): number {
    return this.#view.getInt8(this.skip(1))
  }

  u16(): number {
    return this.#view.getUint16(this.skip(2), this.littleEndian)
  }

  i16(): number {
    return this.#view.getInt16(this.skip(2), this.littleEndian)
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4), this.littleEndian)
  }

  i32(): number {
    return this.#view.getInt32(this.skip(4), this.littleEndian)
  }

  f32(): number {
    return this.#view.getFloat32(this.skip(4), this.littleEndian)
  }

  f64(): number {
    return this.#view.getFloat64(this.skip(8), this.littleEndian)
  }

  i64(): number {
    return Number(this.#view.getBigInt64(this.skip(8), this.littleEndian))
  }

  /** As a number: sizes beyond 2⁵³ are damage and fail the bounds that every caller checks. */
  u64(): number {
    const from = this.skip(8)
    const first = this.#view.getUint32(from, this.littleEndian)
    const second = this.#view.getUint32(from + 4, this.littleEndian)
    return this.littleEndian ? second * 2 ** 32 + first : first * 2 ** 32 + second
  }

  /** How many follow, each of which takes `leastBytes`: a count that the rest of the file cannot hold is damage. */
  count(what: string, limit: number, leastBytes: number): number {
    const at = this.at
    const value = this.u64()
    const most = Math.floor(this.left / leastBytes)
    if (value <= limit && value <= most) return value
    const claim = `at byte ${at} the header claims ${value} ${what}`
    if (value > limit) throw damaged(this.name, `${claim}, expected at most ${limit}.`)
    throw damaged(
      this.name,
      `the file ends inside its header: ${claim}, but its ${this.fileBytes} bytes hold at most ${most}.`,
    )
  }

  /** The bytes of a text, which are not yet known to be one. */
  textBytes(what: string, limit: number): Uint8Array {
    return this.take(this.textLength(what, limit))
  }

  /** A vocabulary has hundreds of thousands: most are passed over without being looked at. */
  skipText(what: string): void {
    this.skip(this.textLength(what, Infinity))
  }

  textLength(what: string, limit: number): number {
    const at = this.at
    const length = this.u64()
    if (length <= limit && length <= this.left) return length
    const most = Math.min(limit, this.left)
    throw damaged(this.name, `at byte ${at} ${what} claims ${length} bytes, expected at most ${most}.`)
  }

  text(what: string, limit = Infinity): string {
    const at = this.at
    const bytes = this.textBytes(what, limit)
    try {
      return strict.decode(bytes)
    } catch {
      throw damaged(this.name, `at byte ${at} ${what} is not valid UTF-8.`)
    }
  }

  /** Vocabularies hold pieces of characters: those become U+FFFD instead of refusing the model. */
  looseText(what: string): string {
    return loose.decode(this.textBytes(what, Infinity))
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const loose = new TextDecoder('utf-8', { ignoreBOM: true })
