import { templateFacts, type TemplateFlag } from '../../catalog/gguf/template-flags.ts'

export type TemplateDiff = {
  /** Lines of the base that are gone, and lines that the base does not have. */
  readonly removed: number
  readonly added: number
  /** What changed, in the order of the template; numbers are those of the template that the line is in. */
  readonly lines: readonly {
    readonly kind: 'removed' | 'added'
    readonly line: number
    readonly text: string
  }[]
  /** Flags of lines that the base does not have: the ones to look at first. */
  readonly flags: readonly TemplateFlag[]
}

// Common templates have 10 to 400 lines. Four million steps take some ten milliseconds.
const MAX_LINES = 2000
const MAX_SHOWN = 200
const MAX_CHARS = 500

/** Null: one of them is longer than any template, and only that they differ is known. */
export function templateDiff(base: string, own: string): TemplateDiff | null {
  const [before, after] = [base.split('\n'), own.split('\n')]
  if (before.length > MAX_LINES || after.length > MAX_LINES) return null
  const lines = changes(before, after)
  const added = new Set(lines.flatMap(({ kind, line }) => (kind === 'added' ? [line] : [])))
  return {
    removed: lines.length - added.size,
    added: added.size,
    lines: lines.slice(0, MAX_SHOWN).map((each) => ({ ...each, text: each.text.slice(0, MAX_CHARS) })),
    flags: templateFacts(own).flags.filter(({ line }) => added.has(line)),
  }
}

/** By the longest common subsequence. */
function changes(before: readonly string[], after: readonly string[]): TemplateDiff['lines'] {
  const width = after.length + 1
  const common = new Uint16Array((before.length + 1) * width)
  const at = (i: number, j: number): number => common[i * width + j] ?? 0
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1)
      common[i * width + j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  }
  const lines: TemplateDiff['lines'][number][] = []
  for (let [i, j] = [0, 0]; i < before.length || j < after.length;) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      i += 1
      j += 1
    } else if (j >= after.length || (i < before.length && at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ kind: 'removed', line: i + 1, text: before[i] ?? '' })
      i += 1
    } else {
      lines.push({ kind: 'added', line: j + 1, text: after[j] ?? '' })
      j += 1
    }
  }
  return lines
}
