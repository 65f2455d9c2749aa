/**
 * Opaque tokens: `⟦EMAIL_ADDRESS_7F3KQ2M⟧`. Six characters of a keyed hash of the value and one that checks them, in an
 * alphabet without letters that read like digits: models copy such words faithfully, and a miscopied one is noticed
 * instead of being restored as somebody else.
 */
export const OPEN = '⟦'
export const CLOSE = '⟧'
/** Crockford's without Z, which leaves a prime number of characters: the check below needs one. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXY'
/** 29.7 bits: among 1,000 values of one kind two share them with probability 0.0006; `attempt` then tells them apart. */
const HASH_CHARS = 6

/**
 * The token of a value whose keyed hash is `digest` (32 bytes). `attempt` counts from 0 and reads other bytes of the
 * digest, for the rare case that the token is already another value's.
 */
export function tokenFor(entity: string, digest: Uint8Array, attempt = 0): string {
  let hash = ''
  for (let index = 0; index < HASH_CHARS; index += 1) {
    const byte = digest[(attempt * HASH_CHARS + index) % digest.length] ?? 0
    hash += ALPHABET.charAt(byte % ALPHABET.length)
  }
  return `${OPEN}${entity}_${hash}${checkCharacter(hash)}${CLOSE}`
}

/** Weights 1 to 6 modulo 31: every single wrong character and every swap of neighbours gives another one. */
export function checkCharacter(hash: string): string {
  let sum = 0
  for (let index = 0; index < hash.length; index += 1)
    sum += (index + 1) * ALPHABET.indexOf(hash.charAt(index))
  return ALPHABET.charAt(sum % ALPHABET.length)
}
