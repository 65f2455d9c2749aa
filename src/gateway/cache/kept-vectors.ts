import type { EmbeddingAnswer } from '../../core/events.ts'

/** Vectors as they are kept: the bytes of their numbers, which say exactly what the model said. */
export function writeVectors({ vectors, usage }: EmbeddingAnswer): Uint8Array {
  const texts = vectors.map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength).toString('base64'),
  )
  return Buffer.from(JSON.stringify({ usage, texts }))
}

export function readVectors(bytes: Uint8Array): EmbeddingAnswer {
  // Written by the function above in this process, so its form is known.
  const { usage, texts } = JSON.parse(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
  ) as Pick<EmbeddingAnswer, 'usage'> & { readonly texts: readonly string[] }
  return { usage, vectors: texts.map(numbersOf) }
}

function numbersOf(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64')
  // A copy of its own: the pool that buffers come from does not begin where four-byte numbers may begin.
  return new Float32Array(new Uint8Array(bytes).buffer)
}
