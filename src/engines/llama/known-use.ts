import { basename } from 'node:path'
import { readGgufHeader } from './gguf.ts'
import type { LocalModel } from './prepare-load.ts'
import { fingerprint } from './weights-files.ts'
import { lacksForRanking, noRanking, otherUse, useOf, type OneUse, type WeightsUse } from './weights-use.ts'

/** What the weights of one model are for, by the header of the file as it is now. */
export type KnownUse = {
  /** As last read; `text` until then. */
  readonly now: () => WeightsUse
  /** What is known to be refused, before a slot is taken; what is not known yet, the process refuses. */
  readonly assertNot: (...uses: readonly OneUse[]) => void
  /** @throws MusivumError `request.unsupported` with what the weights lack, or what is wrong with the file */
  readonly assertRanks: () => Promise<void>
}

type Facts = { readonly files: string; readonly use: WeightsUse; readonly lacks: string | undefined }

export function knownUse({ name, binding }: LocalModel): KnownUse {
  const file = basename(binding.weights)
  let known: Facts | undefined

  async function facts(): Promise<Facts> {
    const files = await fingerprint(binding)
    if (known?.files === files) return known
    const header = await readGgufHeader(binding.weights)
    known = { files, use: useOf(header), lacks: lacksForRanking(header) }
    return known
  }

  // For those who look at the capabilities before the first request; what is wrong with the file is told to whoever asks the model.
  facts().catch(() => undefined)

  return {
    now: () => known?.use ?? 'text',
    assertNot(...uses) {
      const use = uses.find((one) => one === known?.use)
      if (use !== undefined) throw otherUse(file, use)
    },
    async assertRanks() {
      const { lacks } = await facts()
      if (lacks !== undefined) throw noRanking(name, file, lacks)
    },
  }
}
