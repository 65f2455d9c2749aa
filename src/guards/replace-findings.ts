import type { Find, Finding } from './guard.ts'
import { maskJsonText } from '../privacy/masked-call/mask-json.ts'

/** What takes the place of something that was found. No quotation mark and no backslash: it may stand in JSON. */
export function replacementFor({ what }: Pick<Finding, 'what'>): string {
  return `${REMOVED}${what}]`
}

/** How every replacement begins. After `password:` it looks like one, so checks leave it alone. */
export const REMOVED = '[removed: '

/** A text with everything replaced that was found in it; findings that overlap are one. */
export function replaceFindings(text: string, findings: readonly Finding[]): string {
  let replaced = ''
  let at = 0
  for (const finding of findings) {
    if (finding.end <= at) continue
    if (finding.start >= at) replaced += text.slice(at, finding.start) + replacementFor(finding)
    at = finding.end
  }
  return replaced + text.slice(at)
}

export type ReadText = { readonly text: string; readonly findings: readonly Finding[] }

/** A text read once: what was found, and the text without it. */
export function readText(text: string, find: Find): ReadText {
  const findings = find(text)
  return { text: replaceFindings(text, findings), findings }
}

/**
 * The same for JSON, such as the arguments of a tool call: read as it stands, because a name before a colon tells what a
 * value is, and string by string, because an escape must not hide an `@`. What was JSON stays JSON.
 *
 * @throws TypeError when what was found cannot be taken out without breaking the JSON
 */
export function readJson(text: string, find: Find): ReadText {
  const asItStands = find(text)
  const inside: Finding[] = []
  const collect = (piece: string): string => {
    const read = readText(piece, find)
    inside.push(...read.findings)
    return read.text
  }
  const masked = maskJsonText(text, collect)
  const findings = withoutTwins(asItStands, inside)
  const whole = asItStands.length === 0 ? masked : readText(masked, find).text
  if (whole !== text && isJson(text) && !isJson(whole))
    throw new TypeError('what was found cannot be taken out without breaking the JSON around it')
  return { text: whole, findings }
}

/** A value is found in its string and once more in the text around it: it is one finding. */
function withoutTwins(outer: readonly Finding[], inner: readonly Finding[]): readonly Finding[] {
  const counts = new Map<string, number>()
  for (const { what } of outer) counts.set(what, (counts.get(what) ?? 0) + 1)
  const only = inner.filter(({ what }) => {
    const left = counts.get(what) ?? 0
    counts.set(what, left - 1)
    return left <= 0
  })
  return [...outer, ...only]
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false // Broken before, so there is nothing to keep whole.
  }
}
