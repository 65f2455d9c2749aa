/** A vector as base64 of little-endian 32-bit floats, whatever the byte order of this machine. */
export function encodeVector(vector: Float32Array): string {
  const bytes = new Uint8Array(vector.length * 4)
  const view = new DataView(bytes.buffer)
  for (const [index, value] of vector.entries()) view.setFloat32(index * 4, value, true)
  let binary = ''
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES)
    binary += String.fromCharCode(...bytes.subarray(start, start + CHUNK_BYTES))
  return btoa(binary)
}

// Each byte becomes an argument of one call; engines refuse from about 65,536 arguments on.
const CHUNK_BYTES = 8192

/** The reverse; undefined when the text is not base64 of whole floats. */
export function decodeVector(text: string): Float32Array | undefined {
  const binary = decode(text)
  if (binary === undefined || binary.length % 4 !== 0) return undefined
  const view = new DataView(new ArrayBuffer(binary.length))
  for (let index = 0; index < binary.length; index += 1) view.setUint8(index, binary.charCodeAt(index))
  const vector = new Float32Array(binary.length / 4)
  for (let index = 0; index < vector.length; index += 1) vector[index] = view.getFloat32(index * 4, true)
  return vector
}

function decode(text: string): string | undefined {
  try {
    return atob(text)
  } catch {
    // Not base64: the caller says whose answer that was.
    return undefined
  }
}
