import type { LlamaModel, Token } from 'node-llama-cpp'
import { MusivumError } from '../../core/errors.ts'
import type { ChatTemplate, PromptPiece } from './chat-template.ts'
import type { ChatPrompt } from './protocol.ts'

export type PromptTokens = (prompt: ChatPrompt) => Token[]

// Template pieces are few and repeat in every request; tokenising them again would cost more than the user's text.
const MAX_KEPT_PIECES = 512

/** The exact tokens of a conversation. Control tokens are read in the template's pieces only, never in a message. */
export function promptTokens(model: LlamaModel, template: ChatTemplate | undefined): PromptTokens {
  const kept = new Map<string, readonly Token[]>()
  const joinsWords = model.vocabularyType !== 'bpe'

  function tokenise(piece: PromptPiece, first: boolean): readonly Token[] {
    // SentencePiece puts a space before every text it is given; only the first one may keep it.
    const option = joinsWords && !first ? 'trimLeadingSpace' : undefined
    if (piece.kind === 'message') return model.tokenize(piece.text, false, option)
    const key = `${first ? '^' : ''}${piece.text}`
    const known = kept.get(key)
    if (known !== undefined) return known
    const tokens = model.tokenize(piece.text, true, option)
    if (kept.size >= MAX_KEPT_PIECES) kept.clear()
    kept.set(key, tokens)
    return tokens
  }

  return (prompt) => {
    if (template === undefined) throw noTemplate()
    const tokens = template(prompt).flatMap((piece, index) => tokenise(piece, index === 0))
    const { bos, shouldPrependBosToken } = model.tokens
    // Most templates write the beginning token themselves; two of them make many models stumble.
    return shouldPrependBosToken && bos !== null && tokens[0] !== bos ? [bos, ...tokens] : tokens
  }
}

function noTemplate(): MusivumError {
  const why =
    'These weights carry no chat template, so the embedded engine does not know how they expect a conversation.'
  return new MusivumError('request.unsupported', why)
}
