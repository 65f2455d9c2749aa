import { basename } from 'node:path'
import { MusivumError } from '../../core/errors.ts'
import { checkWeights } from './check-weights.ts'
import { findEnginePackage } from './engine-package.ts'
import { readGgufHeader } from './gguf.ts'
import { startModelProcess, type ModelProcess } from './model-process.ts'

/**
 * Texts in the tokens of a weights file's own tokenizer, each without control tokens. A process of its own reads the
 * vocabulary and no weights, so a file of 200 GB takes as long as a small one and needs as little memory.
 *
 * @throws MusivumError when the header is damaged, the engine is not installed, or its process ends
 */
export async function tokeniseWithVocabulary(
  weights: string,
  texts: readonly string[],
  { home, signal }: { readonly home: string; readonly signal: AbortSignal },
): Promise<readonly (readonly number[])[]> {
  // What would abort native code is found before it sees the file.
  checkWeights(await readGgufHeader(weights), basename(weights))
  const process = await startModelProcess(
    {
      kind: 'load',
      library: findEnginePackage(home).entry,
      weights,
      slots: 1,
      contextTokens: 1,
      gpu: false,
      gpuLayers: 0,
      threads: { kind: 'fixed', count: 1 },
      checkTensors: false,
      use: 'text',
      bothWays: false,
      vocabularyOnly: true,
    },
    signal,
    () => undefined,
  )
  const stop = (): void => void process.stop(stopped())
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.all(texts.map((text) => tokensOf(process, text)))
  } finally {
    signal.removeEventListener('abort', stop)
    await process.stop(stopped())
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

function stopped(): MusivumError {
  return new MusivumError('gateway.stopping', 'the texts are tokenised, or nobody wants them any more')
}
