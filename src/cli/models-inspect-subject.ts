import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { GgufHeader } from '../catalog/gguf/header.ts'
import type { Manifest } from '../weights/manifest.ts'
import type { Arguments } from './command.ts'
import { gatewaySettings } from './gateway-settings.ts'
import type { Terminal } from './terminal.ts'

/** What is looked into: a file, or a model that was pulled. */
export type Subject = {
  /** For people: never a path. */
  readonly file: string
  /** Of all parts together. */
  readonly header: GgufHeader
  readonly parts: readonly SubjectPart[]
  /** Absent for a model in several files: no one hash is that of the model. */
  readonly path?: string
  readonly manifest?: Manifest
}

export type SubjectPart = { readonly path: string; readonly header: GgufHeader }

/**
 * A file that is there comes first, then what was pulled under that name.
 *
 * @param keep arrays of the metadata whose items are wanted whole
 */
export async function subjectOf(
  operand: string,
  args: Arguments,
  terminal: Terminal,
  keep: readonly string[] = [],
): Promise<Subject> {
  const { readAnyGgufHeader } = await import('../engines/llama/gguf.ts')
  const path = resolve(terminal.cwd, operand)
  if (!operand.endsWith('.gguf') && !existsSync(path)) {
    const { shelfModel } = await import('./shelf-model.ts')
    const pulled = await shelfModel(gatewaySettings(args, terminal).home, operand)
    if (pulled !== undefined) return { file: pulled.manifest.name, ...pulled, ...(await kept(pulled, keep)) }
  }
  const header = await readAnyGgufHeader(path, keep)
  return { file: basename(path), header, parts: [{ path, header }], path }

  async function kept(
    { header: whole, parts: [first] }: Pick<Subject, 'header' | 'parts'>,
    wanted: typeof keep,
  ) {
    if (wanted.length === 0 || first === undefined) return {}
    const { metadata } = await readAnyGgufHeader(first.path, wanted)
    return { header: { ...whole, metadata } }
  }
}
