/**
 * What is known of the context that an Ollama server gives one model, and what follows from it.
 *
 * Its OpenAI surface takes no context length and shortens a prompt that is longer than the one it has without a word: whole
 * messages are left out from the front (ollama#3839), or the tokens are cut to `n - max((n - keep)/2, 1)`, which is half
 * of the context and two or three more (ollama#17427). The count it reports afterwards is that of what was left.
 */
export type PromptWindow = {
  readonly contextTokens: number
  /** Most tokens that the model's own template and system prompt can add. */
  readonly ownBytes: number
  /** The server refuses a long prompt when it is told to (`truncate: false`, since 0.13). */
  readonly refuses: boolean
}

/** How long a prompt is, before anybody has counted its tokens. */
export type PromptSize = {
  /** UTF-8, of the texts and of the JSON around them, without pictures. */
  readonly bytes: number
  /** UTF-16 units of the same. */
  readonly units: number
  readonly pictures: boolean
}

/**
 * A prompt that fits for certain. No tokenizer makes more tokens than there are bytes, and the JSON around the texts has
 * more bytes than the template makes tokens of it.
 */
export function fitsForCertain(
  { bytes, pictures }: PromptSize,
  { contextTokens, ownBytes }: PromptWindow,
): boolean {
  return !pictures && bytes + ownBytes < contextTokens
}

/** Whether a count that was reported for a prompt of this size may be the count of a shortened one. */
export function mayBeShortened(
  promptTokens: number,
  { bytes, units, pictures }: PromptSize,
  { contextTokens, refuses }: PromptWindow,
): boolean {
  const half = contextTokens / 2
  const looksCut = promptTokens >= contextTokens - 1 || (promptTokens >= half && promptTokens <= half + KEPT)
  if (refuses) return looksCut || bytes > promptTokens * MOST_BYTES_PER_TOKEN
  // Nobody can tell: how many tokens a picture is, and how many a text is in scripts of three bytes for a letter, differs
  // more from model to model than a cut changes it.
  if (pictures || bytes > units * MOSTLY_ASCII) return true
  // Left to itself it drops messages until the rest fits. Less than half can be left only if one of them alone was half
  // of the context: then there are twice as many bytes for each token as in any text.
  return promptTokens >= half || bytes > promptTokens * USUAL_BYTES_PER_TOKEN
}

/** Tokens of the front that a cut leaves: `num_keep` is 4, and one for the beginning of the text. */
const KEPT = 8
/** English has 4 to 5, German 5; code that is all indentation has 10. */
const USUAL_BYTES_PER_TOKEN = 6
const MOST_BYTES_PER_TOKEN = 12
/** Accents of European languages stay below it. */
const MOSTLY_ASCII = 1.15

/** `0.13.0-rc1` is 13: `truncate: false` is honoured from there on. */
export function refusesLongPrompts(version: string): boolean {
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? []
  return Number(major) > 0 || Number(minor) >= 13
}
