import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { MusivumError } from '../core/errors.ts'

/**
 * Reads a chat template as the embedded engine will when it loads the weights.
 *
 * @returns why it cannot, or null: it can, or no engine is installed here that would tell
 */
export async function templateProblem(source: string, home: string): Promise<string | null> {
  const [{ findEnginePackage }, { chatTemplate }] = await Promise.all([
    import('../engines/llama/engine-package.ts'),
    import('../engines/llama/chat-template.ts'),
  ])
  try {
    const { entry } = findEnginePackage(home)
    const file = createRequire(entry).resolve('@huggingface/jinja')
    const jinja = (await import(pathToFileURL(file).href)) as Parameters<typeof chatTemplate>[0]
    chatTemplate(jinja, source, { bos: '', eos: '' })
    return null
  } catch (thrown) {
    if (!(thrown instanceof MusivumError)) throw thrown
    return thrown.code === 'engine.not_installed' ? null : thrown.message
  }
}
