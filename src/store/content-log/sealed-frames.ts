import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/**
 * One entry as it lies in a file: its length in four bytes (big-endian), then 12 bytes of nonce, the text in AES-256-GCM, and the
 * 16 bytes of its tag. Every request has a key of its own (HKDF-SHA-256 with its id), so that random nonces cannot meet, and
 * an entry that was moved to another request does not open.
 */
export function sealFrame(key: Uint8Array, requestId: string, text: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', keyOf(key, requestId), nonce)
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(NONCE_BYTES + sealed.length + TAG_BYTES)
  return Buffer.concat([length, nonce, sealed, cipher.getAuthTag()])
}

export type OpenedFrames = { readonly texts: readonly string[]; readonly whole: boolean }

/** Throws Node's own error where a frame was made under another key, or changed since. */
export function openFrames(key: Uint8Array, requestId: string, file: Buffer): OpenedFrames {
  const requestKey = keyOf(key, requestId)
  const texts: string[] = []
  let at = 0
  while (at + LENGTH_BYTES <= file.length) {
    const from = at + LENGTH_BYTES
    const end = from + file.readUInt32BE(at)
    if (end > file.length) return { texts, whole: false }
    texts.push(openFrame(requestKey, file.subarray(from, end)))
    at = end
  }
  return { texts, whole: at === file.length }
}

const LENGTH_BYTES = 4
const NONCE_BYTES = 12
const TAG_BYTES = 16

function keyOf(key: Uint8Array, requestId: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', requestId, 32))
}

function openFrame(key: Uint8Array, frame: Buffer): string {
  const decipher = createDecipheriv('aes-256-gcm', key, frame.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAuthTag(frame.subarray(-TAG_BYTES))
  const sealed = frame.subarray(NONCE_BYTES, -TAG_BYTES)
  return decipher.update(sealed, undefined, 'utf8') + decipher.final('utf8')
}
