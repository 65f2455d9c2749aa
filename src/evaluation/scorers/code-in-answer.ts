export type Language = 'python' | 'javascript'

const TAGS: Readonly<Record<Language, ReadonlySet<string>>> = {
  python: new Set(['python', 'py', 'python3']),
  javascript: new Set(['javascript', 'js', 'mjs', 'cjs', 'node']),
}

/**
 * The code of an answer: the longest fenced block of that language, since shorter ones are examples of use; where none
 * names the language, the longest without a name; where there is no fence at all, the whole answer. A fence that is
 * never closed, as in an answer that was cut off, goes to the end.
 */
export function codeInAnswer(output: string, language: Language): string {
  const blocks = fencedBlocks(output)
  const named = blocks.filter(({ tag }) => TAGS[language].has(tag))
  const unnamed = blocks.filter(({ tag }) => tag === '')
  return (longest(named) ?? longest(unnamed) ?? (blocks.length === 0 ? output : '')).trim()
}

type Block = { readonly tag: string; readonly lines: string[] }

function longest(blocks: readonly Block[]): string | undefined {
  const texts = blocks.map(({ lines }) => lines.join('\n'))
  return texts.sort((a, b) => b.length - a.length)[0]
}

function fencedBlocks(output: string): readonly Block[] {
  const blocks: Block[] = []
  let open: { readonly mark: string; readonly block: Block } | undefined
  for (const line of output.split(/\r?\n/)) {
    const [, mark = '', tag = '', rest = ''] = /^\s{0,12}(`{3,}|~{3,})\s*([\w+#.-]*)(.*)$/.exec(line) ?? []
    if (open === undefined) {
      if (mark === '') continue
      open = { mark, block: { tag: tag.toLowerCase(), lines: [] } }
      blocks.push(open.block)
    } else if (mark.startsWith(open.mark) && tag + rest.trim() === '') open = undefined
    else open.block.lines.push(line)
  }
  return blocks
}
