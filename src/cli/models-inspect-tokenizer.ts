import { toMusivumError } from '../core/errors.ts'
import type { GgufHeader } from '../catalog/gguf/header.ts'
import {
  SAMPLE_TEXTS,
  tokenizerSamples,
  type TokenizerSample,
} from '../evaluation/probes/tokenizer-samples.ts'
import type { Terminal } from './terminal.ts'

export type InspectedTokenizer = {
  readonly samples: readonly TokenizerSample[] | null
  /** Why there are none. */
  readonly problem: string | null
}

/** Texts through the model's own tokenizer, in a process that reads the vocabulary and no weights. */
export async function inspectTokenizer(
  path: string | undefined,
  header: GgufHeader,
  { home, terminal }: { readonly home: string; readonly terminal: Terminal },
): Promise<InspectedTokenizer> {
  if (!header.metadata.has(TOKENS)) return { samples: null, problem: 'the file carries no tokenizer' }
  if (path === undefined) return { samples: null, problem: 'the model is in several files' }
  try {
    const { signal } = terminal
    const { tokeniseWithVocabulary } = await import('../engines/llama/tokenise-with-vocabulary.ts')
    const { readVocabulary } = await import('../engines/llama/vocabulary.ts')
    const tokens = await tokeniseWithVocabulary(path, SAMPLE_TEXTS, { home, signal })
    const vocabulary = await readVocabulary(path)
    const unknown = header.metadata.get('tokenizer.ggml.unknown_token_id')
    const bytes = (token: number): Uint8Array => vocabulary?.bytes(token) ?? Buffer.from(`[${token}]`)
    return {
      samples: tokenizerSamples(tokens, { bytes, isUnknown: (token) => token === unknown }),
      problem: null,
    }
  } catch (thrown) {
    terminal.signal.throwIfAborted()
    // The rest of the report is worth having without the engine.
    return { samples: null, problem: toMusivumError(thrown).message }
  }
}

const TOKENS = 'tokenizer.ggml.tokens'
