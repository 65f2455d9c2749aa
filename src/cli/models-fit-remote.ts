import type { GgufHeader } from '../catalog/gguf/header.ts'
import { invalid } from '../core/errors.ts'
import type { RemoteFile, RemoteOptions } from '../weights/remote-types.ts'
import { parseSource, type HfSource, type HttpsSource } from '../weights/source.ts'
import type { Arguments } from './command.ts'
import { isForbidden, remoteSettings } from './remote-settings.ts'
import type { Terminal } from './terminal.ts'

/** Whether this names weights on another machine, and not a file or a model that is known here. */
export function isRemote(operand: string): boolean {
  return /^(?:hf|https?):/i.test(operand)
}

export type RemoteWeights = { readonly model: string; readonly header: GgufHeader }

/**
 * The header of weights that are on a hub or another server, of all parts together: some megabytes are read of many
 * thousands.
 *
 * @throws MusivumError one line: what was wrong and what to do next
 */
export async function remoteWeights(
  operand: string,
  args: Arguments,
  terminal: Terminal,
): Promise<RemoteWeights> {
  const source = parseSource(operand) as HfSource | HttpsSource
  const options = { ...remoteSettings(args, terminal), offline: await isForbidden(args, terminal) }
  const { resolveSource } = await import('../weights/remote/resolve-source.ts')
  const { source: canonical, files } = await resolveSource(source, options)
  const parts = files.filter(({ name, role }) => /\.gguf$/i.test(name) && role !== 'projector')
  const header = await togetherOf(parts, options)
  if (header === undefined)
    throw invalid(`${canonical} has no GGUF file; models fit reads what the embedded engine can run`)
  return { model: source.kind === 'hf' ? canonical : (parts[0]?.name ?? canonical), header }
}

/** The first part carries the metadata, the others only tensors. */
async function togetherOf(
  parts: readonly RemoteFile[],
  options: RemoteOptions,
): Promise<GgufHeader | undefined> {
  const { readRemoteHeader } = await import('../weights/remote/read-remote-header.ts')
  const headers: GgufHeader[] = []
  for (const part of parts) headers.push(await readRemoteHeader(part, options))
  const [first] = headers
  return first === undefined
    ? undefined
    : {
        ...first,
        tensors: headers.flatMap(({ tensors }) => tensors),
        fileBytes: headers.reduce((sum, { fileBytes }) => sum + fileBytes, 0),
      }
}
