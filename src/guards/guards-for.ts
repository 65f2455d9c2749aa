import type { BlockKind, Guard } from './guard.ts'

/** Who will answer, and what the request is about, as far as anybody knows. */
export type Circumstance = { readonly models: readonly string[]; readonly task?: string | undefined }

/** The guards that this request is under. One for a model also counts where that model only stands in for another. */
export function guardsFor(
  guards: readonly Guard[],
  on: Guard['on'],
  { models, task }: Circumstance,
): readonly Guard[] {
  return guards.filter(
    (guard) =>
      guard.on === on &&
      (guard.models === undefined || models.some((model) => guard.models?.has(model))) &&
      (guard.tasks === undefined || task === undefined || guard.tasks.has(task)),
  )
}

export function reads({ blocks, check }: Guard, kind: BlockKind): boolean {
  return blocks === undefined ? check.skips?.has(kind) !== true : blocks.has(kind)
}
