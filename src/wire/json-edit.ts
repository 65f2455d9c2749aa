import type { Member } from './json-scan.ts'

export type JsonEdits = {
  /** New values, as finished JSON text, by key. A member that is not there is added at the end. */
  readonly set: ReadonlyMap<string, string>
  readonly drop: ReadonlySet<string>
}

/**
 * Changes members of the outermost object of JSON text and leaves every other byte as it was: no number is rounded,
 * no space moved. The text must be a JSON object and `members` what `scanJson` found in it.
 */
export function editJsonObject(text: string, members: readonly Member[], edits: JsonEdits): string {
  const first = members[0]
  if (first === undefined) return addToEmpty(text, edits)
  let result = text.slice(0, first.start)
  let keptEnd = first.start
  let kept = 0
  for (const member of members) {
    // A dropped member goes together with the comma before it, the first one with the comma after it.
    if (!edits.drop.has(member.key)) {
      if (kept > 0) result += text.slice(keptEnd, member.start)
      result += editMember(text, member, edits)
      kept += 1
    }
    keptEnd = member.end
  }
  for (const added of missingMembers(members, edits)) {
    result += kept === 0 ? added : `,${added}`
    kept += 1
  }
  return result + text.slice(keptEnd)
}

function editMember(text: string, member: Member, edits: JsonEdits): string {
  const value = edits.set.get(member.key)
  if (value === undefined) return text.slice(member.start, member.end)
  return text.slice(member.start, member.valueStart) + value
}

function missingMembers(members: readonly Member[], edits: JsonEdits): readonly string[] {
  return [...edits.set]
    .filter(([key]) => !members.some((member) => member.key === key))
    .map(([key, value]) => `${JSON.stringify(key)}:${value}`)
}

function addToEmpty(text: string, edits: JsonEdits): string {
  const inside = text.indexOf('{') + 1
  return text.slice(0, inside) + missingMembers([], edits).join(',') + text.slice(inside)
}
