import { canonicalJson } from './canonical-json.ts'

/** Part of a signed document. `value` is the signature in base64. */
export type DocumentSignature = {
  readonly key_id: string
  readonly algorithm: 'ed25519'
  readonly value: string
}

/** Keys stay with whoever holds them; here are only bytes and base64. */
export type Signer = { readonly keyId: string; readonly sign: (bytes: Uint8Array) => string }
export type SignatureCheck = {
  readonly keyId: string
  readonly verify: (bytes: Uint8Array, value: string) => boolean
}

/** The document with a signature over everything in it, the name of the key included (Ed25519, RFC 8032). */
export function signDocument<Document extends object>(
  document: Document,
  signer: Signer,
): Document & { readonly signature: DocumentSignature } {
  const signature = { key_id: signer.keyId, algorithm: 'ed25519' } as const
  return { ...document, signature: { ...signature, value: signer.sign(signedBytes(document, signature)) } }
}

/**
 * `good`: made with this key over exactly this document. `other-key`: the document says that it was made with another key.
 * `bad`: a field was changed after it was signed, or the signature itself was. `missing`: it was never signed.
 */
export type SignatureVerdict = 'good' | 'bad' | 'other-key' | 'missing'

export function checkSignature(
  document: object & { readonly signature?: DocumentSignature },
  check: SignatureCheck,
): SignatureVerdict {
  if (document.signature === undefined) return 'missing'
  const { value, ...signature } = document.signature
  if (signature.key_id !== check.keyId) return 'other-key'
  return check.verify(signedBytes(document, signature), value) ? 'good' : 'bad'
}

function signedBytes(document: object, signature: Omit<DocumentSignature, 'value'>): Uint8Array {
  return new TextEncoder().encode(canonicalJson({ ...document, signature }))
}
