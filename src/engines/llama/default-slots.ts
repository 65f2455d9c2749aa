import type { LlamaBinding } from '../../catalog/model.ts'

/** Four people at once get a turn each; on a small machine the memory for more contexts is dearer than waiting. */
const DEFAULT_SLOTS = 4

/** Conversations at once: places in the line and, while memory allows, contexts. */
export function slotsOf({ slots }: Pick<LlamaBinding, 'slots'>): number {
  return slots ?? DEFAULT_SLOTS
}
