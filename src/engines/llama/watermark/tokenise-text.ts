import type { LlamaBinding, Model } from '../../../catalog/model.ts'
import { MusivumError } from '../../../core/errors.ts'
import type { ModelProcess } from '../model-process.ts'
import { processKeeper, type KeeperDeps } from '../process-keeper.ts'

/**
 * Texts in the tokens of a model's own tokenizer, by a process that is started for them. No weight is evaluated: the model does
 * not see the texts, so there is nothing to permit.
 */
export async function tokeniseTexts(
  model: Model & { readonly binding: LlamaBinding },
  deps: KeeperDeps,
  texts: readonly string[],
): Promise<readonly (readonly number[])[]> {
  const keeper = processKeeper(model, deps)
  try {
    const process = await keeper.get()
    return await Promise.all(texts.map((text) => tokensOf(process, text)))
  } finally {
    await keeper.close()
  }
}

function tokensOf({ ask }: ModelProcess, text: string): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    ask({ kind: 'tokenise', text }, (report) => {
      if (report.kind === 'tokens') resolve([...report.tokens])
      else if (report.kind === 'failed')
        reject(new MusivumError(report.failure.code, report.failure.message, report.failure.facts))
    })
  })
}
