import type { ContentLog, LoggedContent } from './content-log.ts'

/**
 * What was logged of a request, for somebody. Who reads, and when, is written beside it first: what cannot be written down is
 * not shown.
 */
export async function readContent(
  contentLog: Pick<ContentLog, 'read' | 'write'>,
  requestId: string,
  reader: { readonly by: string; readonly atMs: number },
): Promise<LoggedContent | undefined> {
  const found = await contentLog.read(requestId)
  if (found === undefined) return undefined
  const reading = { kind: 'read', ...reader } as const
  await contentLog.write(requestId, reading)
  return { ...found, entries: [...found.entries, reading] }
}
