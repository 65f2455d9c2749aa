import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { invalid } from '../core/errors.ts'
import type { GgufHeader } from '../catalog/gguf/header.ts'
import type { Manifest } from '../weights/manifest.ts'
import type { Arguments } from './command.ts'
import { gatewaySettings } from './gateway-settings.ts'
import { isRemote } from './models-fit-remote.ts'
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
 * A file that is there comes first, then what was pulled under that name, then what ships with us.
 *
 * @param keep arrays of the metadata whose items are wanted whole
 */
export async function subjectOf(
  operand: string,
  args: Arguments,
  terminal: Terminal,
  keep: readonly string[] = [],
): Promise<Subject> {
  if (isRemote(operand))
    throw invalid('this reads what is here: bring it with `musivum models pull`, then give its name')
  const { readAnyGgufHeader } = await import('../engines/llama/gguf.ts')
  const path = resolve(terminal.cwd, operand)
  if (!operand.endsWith('.gguf') && !existsSync(path)) {
    const { shelfModel } = await import('./shelf-model.ts')
    const pulled = await shelfModel(gatewaySettings(args, terminal).home, operand)
    if (pulled !== undefined) return { file: pulled.manifest.name, ...pulled, ...(await kept(pulled, keep)) }
    const { starterFile } = await import('./starter-file.ts')
    const starter = starterFile(operand)
    if (starter !== undefined) return fileSubject(starter)
    const shown = basename(operand).slice(0, 80)
    throw invalid(
      `there is no file and no pulled model ${shown}; \`musivum models list\` says which were pulled`,
    )
  }
  return fileSubject(path)

  async function fileSubject(file: string): Promise<Subject> {
    const header = await readAnyGgufHeader(file, keep)
    return { file: basename(file), header, parts: [{ path: file, header }], path: file }
  }

  async function kept(
    { header: whole, parts: [first] }: Pick<Subject, 'header' | 'parts'>,
    wanted: typeof keep,
  ) {
    if (wanted.length === 0 || first === undefined) return {}
    const { metadata } = await readAnyGgufHeader(first.path, wanted)
    return { header: { ...whole, metadata } }
  }
}
