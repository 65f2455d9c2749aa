import type { Found, WholeCheck } from '../guard.ts'

/** Bounds of the length of each text. Characters are Unicode code points. */
export type LengthBounds = {
  readonly minChars?: number
  readonly maxChars?: number
  /** Estimated: nobody here has every vendor's tokenizer. */
  readonly maxTokens?: number
}

export function lengthCheck({
  minChars = 0,
  maxChars = Infinity,
  maxTokens = Infinity,
}: LengthBounds): WholeCheck {
  return {
    kind: 'whole',
    name: 'length',
    judge: (pieces) =>
      pieces.flatMap(({ where, text }): Found[] => {
        const { chars, bytes } = measure(text)
        return [
          ...(chars < minChars ? [{ what: 'too-short', where }] : []),
          ...(chars > maxChars ? [{ what: 'too-long', where }] : []),
          ...(bytes / BYTES_PER_TOKEN > maxTokens ? [{ what: 'too-many-tokens', where }] : []),
        ]
      }),
  }
}

/** English prose has four bytes of UTF-8 to a token, code and Hindi about three: the estimate is rather too high. */
const BYTES_PER_TOKEN = 3

function measure(text: string): { readonly chars: number; readonly bytes: number } {
  let chars = 0
  let bytes = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.codePointAt(at) ?? 0
    chars += 1
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4
    if (code > 0xffff) at += 1
  }
  return { chars, bytes }
}
