import { createCipheriv, createHmac } from 'node:crypto'

/** The share of the vocabulary that is green. */
export const GAMMA = 0.25
/** What is added to the logit of a green token. */
export const DELTA = 2
/** Lists of green tokens. Fewer are sooner made and sooner learnt by whoever reads many answers; each is one bias that is kept. */
export const BUCKETS = 64

/**
 * Which tokens a watermark prefers after which: Kirchenbauer et al., "A Watermark for Large Language Models", ICML 2023, §3, with the
 * list chosen by a keyed hash of the previous token into one of 64 buckets. Without the key the lists look like chance.
 */
export type GreenList = {
  /** 0..63. */
  readonly bucketOf: (previous: number) => number
  readonly isGreen: (bucket: number, token: number) => boolean
}

/** `tokens`: how many the vocabulary has; the lists of a larger one begin with those of a smaller. */
export function greenList(key: Uint8Array, tokens: number): GreenList {
  const lists: (Uint8Array | undefined)[] = []
  // At most one entry for each token of the vocabulary.
  const buckets = new Map<number, number>()
  return {
    bucketOf(previous) {
      const known = buckets.get(previous)
      if (known !== undefined) return known
      const bucket = (hmac(key, `bucket ${previous}`)[0] ?? 0) % BUCKETS
      buckets.set(previous, bucket)
      return bucket
    },
    isGreen(bucket, token) {
      const bits = (lists[bucket] ??= randomBits(hmac(key, 'green lists'), bucket, tokens))
      // Two bits for each token, all four values equally likely: one of them is a share of a quarter.
      return (((bits[token >>> 2] ?? 0xff) >>> ((token & 3) * 2)) & 3) === 0
    },
  }
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** The key stream of AES-256-CTR. A bucket counts in the high half of the block counter, so that no two streams overlap. */
function randomBits(key: Uint8Array, bucket: number, tokens: number): Uint8Array {
  const counter = Buffer.alloc(16)
  counter.writeUInt8(bucket, 0)
  return createCipheriv('aes-256-ctr', key, counter).update(Buffer.alloc(Math.ceil(tokens / 4)))
}
