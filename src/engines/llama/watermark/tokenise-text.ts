import type { LlamaBinding } from '../../../catalog/model.ts'
import { tokeniseWithVocabulary } from '../tokenise-with-vocabulary.ts'
import { verifyWeights } from '../verify-weights.ts'

/**
 * Texts in the tokens of a model's own tokenizer, by a process that reads its vocabulary and no weights: the model does not
 * see the texts, so there is nothing to permit.
 *
 * @throws MusivumError as `verifyWeights` and `tokeniseWithVocabulary`
 */
export async function tokeniseTexts(
  { binding }: { readonly binding: LlamaBinding },
  { home }: { readonly home: string },
  texts: readonly string[],
): Promise<readonly (readonly number[])[]> {
  const { signal } = new AbortController()
  // A file that is not the one that is meant may have another vocabulary, and in its tokens no text has the mark.
  await verifyWeights(binding, signal)
  return tokeniseWithVocabulary(binding.weights, texts, { home, signal })
}
