import type { Part } from '../core/conversation.ts'

export type ToolResultGroup = {
  /** Of the call. Undefined when no part says it. */
  readonly id: string | undefined
  readonly parts: readonly Part[]
}

/** The parts of a tool message by call: those without an id, such as an image a tool returned, stay with the result before them. */
export function groupByCall(parts: readonly Part[]): readonly ToolResultGroup[] {
  const groups: { id: string | undefined; parts: Part[] }[] = []
  for (const part of parts) {
    const id = part.kind === 'tool-result' ? part.id : undefined
    const current = groups.at(-1)
    const joins = current !== undefined && (id === undefined || current.id === undefined || current.id === id)
    if (!joins) groups.push({ id, parts: [part] })
    else {
      current.id ??= id
      current.parts.push(part)
    }
  }
  return groups
}

/** Without the empty text at the beginning that only carried the id of a call whose result holds no text. */
export function withoutEmptyText(parts: readonly Part[]): readonly Part[] {
  const [first, ...others] = parts
  const bare = first?.extra === undefined && first?.cacheMark === undefined
  const onlyId = bare && first?.kind === 'tool-result' && first.text === ''
  return onlyId && others.length > 0 && others.every((part) => part.kind !== 'tool-result') ? others : parts
}
