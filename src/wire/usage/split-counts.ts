import type { Usage } from '../../core/usage.ts'

/** What a vendor tells of a prompt. `total` holds all the others; images, sound and film hold what of them is cached. */
export type InputCounts = {
  readonly total: number
  readonly cacheRead?: number | undefined
  /** What of `cacheRead` was sound, pictures and film; all three are given where the vendor tells one of them. */
  readonly cacheReadMedia?:
    { readonly audio: number; readonly image: number; readonly video: number } | undefined
  readonly cacheWrite?: number | undefined
  readonly cacheWrite1h?: number | undefined
  readonly audio?: number | undefined
  readonly image?: number | undefined
  readonly video?: number | undefined
}

/** What a vendor tells of an answer. `total` holds all the others. */
export type OutputCounts = {
  readonly total: number
  readonly reasoning?: number | undefined
  readonly audio?: number | undefined
  readonly image?: number | undefined
}

export type Split = Partial<Usage> & { readonly fits: boolean }

/**
 * A prompt in disjoint buckets. Counts that a server makes larger than their total are cut down to it, so that no bucket
 * is ever negative; `fits` is then false.
 */
export function splitInput(given: InputCounts): Split {
  const rest = new Rest(given.total)
  const cached = rest.take(given.cacheRead)
  const write1h = rest.take(given.cacheWrite1h)
  const write = rest.take(given.cacheWrite)
  const cachedMedia = given.cacheReadMedia ?? guessedCachedMedia(given, cached)
  const cachedAudio = Math.min(given.cacheReadMedia?.audio ?? 0, cached)
  const cachedImage = Math.min(given.cacheReadMedia?.image ?? 0, cached - cachedAudio)
  const audio = rest.take(uncached(given.audio, cachedMedia.audio))
  const image = rest.take(uncached(given.image, cachedMedia.image))
  const video = rest.take(uncached(given.video, cachedMedia.video))
  return {
    inputTokens: rest.left,
    cacheReadTokens: cached - cachedAudio - cachedImage,
    cacheWriteTokens: write,
    ...(write1h > 0 && { cacheWrite1hTokens: write1h }),
    ...(cachedAudio > 0 && { cacheReadAudioTokens: cachedAudio }),
    ...(cachedImage > 0 && { cacheReadImageTokens: cachedImage }),
    ...(audio > 0 && { inputAudioTokens: audio }),
    ...(image > 0 && { inputImageTokens: image }),
    ...(video > 0 && { inputVideoTokens: video }),
    fits: rest.fits,
  }
}

function uncached(count = 0, cached: number): number {
  return Math.max(0, count - cached)
}

/** Where nobody tells: text is first in a prompt and so first in a cache, and pictures come before film and sound. */
function guessedCachedMedia({ total, audio = 0, image = 0, video = 0 }: InputCounts, cached: number) {
  const left = new Rest(Math.max(0, cached - Math.max(0, total - audio - image - video)))
  return { image: left.take(image), video: left.take(video), audio: left.take(audio) }
}

/** An answer in disjoint buckets, cut down in the same way. */
export function splitOutput({ total, reasoning, audio, image }: OutputCounts): Split {
  const rest = new Rest(total)
  const reasoningTokens = rest.take(reasoning)
  const audioTokens = rest.take(audio)
  const imageTokens = rest.take(image)
  return {
    outputTokens: rest.left,
    reasoningTokens,
    ...(audioTokens > 0 && { outputAudioTokens: audioTokens }),
    ...(imageTokens > 0 && { outputImageTokens: imageTokens }),
    fits: rest.fits,
  }
}

/** What is left of a total after parts were taken out of it, and whether every part was in it. */
class Rest {
  left: number
  fits = true

  constructor(total: number) {
    this.left = total
  }

  take(part = 0): number {
    const taken = Math.min(part, this.left)
    if (taken < part) this.fits = false
    this.left -= taken
    return taken
  }
}
