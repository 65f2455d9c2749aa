import { lineDifferences } from '../../catalog/gguf/line-differences.ts'
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

// Common templates have 10 to 400 lines.
const MAX_LINES = 2000
const MAX_SHOWN = 200
const MAX_CHARS = 500

/** Null: one of them is longer than any template, and only that they differ is known. */
export function templateDiff(base: string, own: string): TemplateDiff | null {
  if (lineCount(base) > MAX_LINES || lineCount(own) > MAX_LINES) return null
  const found = lineDifferences(base, own)
  const added = new Set(found.flatMap(({ side, line }) => (side === 'b' ? [line] : [])))
  return {
    removed: found.length - added.size,
    added: added.size,
    lines: found.slice(0, MAX_SHOWN).map(({ side, line, text }) => ({
      kind: side === 'a' ? 'removed' : 'added',
      line,
      text: text.slice(0, MAX_CHARS),
    })),
    flags: templateFacts(own).flags.filter(({ line }) => added.has(line)),
  }
}

function lineCount(text: string): number {
  return text.split('\n').length
}
