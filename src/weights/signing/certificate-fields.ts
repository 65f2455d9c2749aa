import type { X509Certificate } from 'node:crypto'
import { refused } from './refused.ts'

/** What node:crypto does not say of a certificate; the bytes are those within the octet string. */
export type Extension = { readonly critical: boolean; readonly value: Buffer }

export const EXTENSION = {
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
  /** Of Fulcio: who said who the signer is. The older one is bare text, the newer one DER. */
  issuerV1: '1.3.6.1.4.1.57264.1.1',
  issuerV2: '1.3.6.1.4.1.57264.1.8',
} as const

const TAG = {
  boolean: 0x01,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
  extensions: 0xa3,
} as const

/** RFC 5280, 4.1. @throws a refusal for anything that is not DER */
export function extensionsOf(certificate: X509Certificate): ReadonlyMap<string, Extension> {
  const [whole] = valuesIn(certificate.raw)
  const [body] = valuesIn(whole?.content ?? Buffer.alloc(0))
  const tagged = valuesIn(body?.content ?? Buffer.alloc(0)).find(({ tag }) => tag === TAG.extensions)
  const [list] = tagged === undefined ? [] : valuesIn(tagged.content)
  const entries = list === undefined ? [] : valuesIn(list.content).map(extension)
  const found = new Map(entries)
  if (found.size !== entries.length) throw refused('a certificate has an extension twice')
  return found
}

function extension({ content }: DerValue): readonly [string, Extension] {
  const fields = valuesIn(content)
  const [id, second] = fields
  const value = fields.at(-1)
  if (id?.tag !== TAG.oid || value?.tag !== TAG.octetString) throw notDer()
  const critical = second?.tag === TAG.boolean && second.content[0] !== 0
  return [dotted(id.content), { critical, value: value.content }]
}

/** Bits from the left, as RFC 5280 numbers them. */
export const USAGE = { digitalSignature: 0, keyCertSign: 5 } as const

export function mayBeUsedFor(usage: Extension, bit: number): boolean {
  const [bits] = valuesIn(usage.value)
  if (bits?.tag !== TAG.bitString) throw notDer()
  // The first byte counts the unused bits at the end.
  return ((bits.content[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0
}

/** Undefined: as long as one likes. */
export function pathLength(constraints: Extension): number | undefined {
  const [list] = valuesIn(constraints.value)
  const length = valuesIn(list?.content ?? Buffer.alloc(0)).find(({ tag }) => tag === 0x02)
  if (length === undefined) return undefined
  if (length.content.length !== 1) throw refused('a certificate allows a path of no usual length')
  return length.content[0]
}

/** Mail addresses, host names and addresses of pages that a certificate is for. */
export function alternativeNames(name: Extension): readonly string[] {
  const [list] = valuesIn(name.value)
  const plain = [0x81, 0x82, 0x86]
  return valuesIn(list?.content ?? Buffer.alloc(0)).flatMap(({ tag, content }) =>
    plain.includes(tag) ? [content.toString('utf8')] : [],
  )
}

/** A text within DER. */
export function textOfValue({ value }: Extension): string {
  return (valuesIn(value)[0] ?? { content: value }).content.toString('utf8')
}

type DerValue = { readonly tag: number; readonly content: Buffer }

/** One level; lengths in their shortest form or not, but never beyond the end. */
function valuesIn(bytes: Buffer): readonly DerValue[] {
  const values: DerValue[] = []
  for (let at = 0; at < bytes.length;) {
    const { start, end } = extent(bytes, at)
    values.push({ tag: bytes[at] ?? 0, content: bytes.subarray(start, end) })
    at = end
  }
  return values
}

function extent(bytes: Buffer, at: number): { readonly start: number; readonly end: number } {
  const first = bytes[at + 1] ?? 0
  const long = first & 0x80 ? first & 0x7f : 0
  // Four bytes of length are 4 GB; no certificate is.
  if (at + 2 + long > bytes.length || long > 4 || first === 0x80) throw notDer()
  const length = long === 0 ? first : bytes.readUIntBE(at + 2, long)
  const start = at + 2 + long
  if (start + length > bytes.length) throw notDer()
  return { start, end: start + length }
}

function notDer(): Error {
  return refused('a certificate is not well-formed DER')
}

function dotted(bytes: Buffer): string {
  const numbers: number[] = []
  let number = 0
  for (const byte of bytes) {
    number = number * 128 + (byte & 0x7f)
    if (byte < 0x80) {
      numbers.push(number)
      number = 0
    }
  }
  const [first = 0, ...rest] = numbers
  const top = Math.min(2, Math.floor(first / 40))
  return [top, first - top * 40, ...rest].join('.')
}
