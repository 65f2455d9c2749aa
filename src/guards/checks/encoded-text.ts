/** What a text says in base64, run by run: at most the first `MAX_DECODED_CHARS` of each, and only where it is text. */
export function* encodedTexts(
  text: string,
): Iterable<{ readonly start: number; readonly end: number; readonly text: string }> {
  let start = 0
  for (let at = 0; at <= text.length; at += 1) {
    if (isBase64(text.charCodeAt(at))) continue
    if (at - start >= MIN_RUN_CHARS) {
      const decoded = decode(text.slice(start, Math.min(at, start + MAX_RUN_CHARS)))
      if (decoded !== undefined) yield { start, end: at, text: decoded }
    }
    start = at + 1
  }
}

/** 18 bytes: less than that holds no sentence. */
const MIN_RUN_CHARS = 24
/** Four characters of base64 are three bytes. Pictures are longer and are not read to their end. */
const MAX_RUN_CHARS = 4_096

function isBase64(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2b ||
    code === 0x2f ||
    code === 0x2d ||
    code === 0x5f
  )
}

function decode(run: string): string | undefined {
  // A long name or a path has no capital, no digit, or a hyphen here and there; text in base64 has all kinds of characters.
  if (!/[a-z]/.test(run) || !/[A-Z]/.test(run)) return undefined
  const whole = run
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .slice(0, run.length - (run.length % 4))
  const bytes = atob(whole)
  if (!isLikelyText(bytes)) return undefined
  const text = UTF8.decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)))
  return isReadable(text) ? text : undefined
}

const UTF8 = new TextDecoder()

/** Of random bytes one in eight is a control character; a text has a line break now and then. */
function isLikelyText(bytes: string): boolean {
  let odd = 0
  for (let at = 0; at < bytes.length; at += 1) if (bytes.charCodeAt(at) < 0x20) odd += 1
  return odd * 20 <= bytes.length
}

/** Nine of ten characters are letters, digits, spaces and punctuation; of random bytes a third is. */
function isReadable(text: string): boolean {
  const odd = text.match(/[^\p{L}\p{M}\p{N}\p{P}\p{Zs}\n\r\t]|\ufffd/gu)?.length ?? 0
  return odd * 10 <= text.length
}
