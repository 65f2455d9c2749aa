import { tokensOf, type Token } from './tokens.ts'

export type Import = {
  /** What stands between the quotes; undefined where `import(…)` is given something computed. */
  readonly from: string | undefined
  /** `type`: gone at run time (`import type`, `export type`). `dynamic`: `import(…)`, also in a type. */
  readonly kind: 'static' | 'type' | 'dynamic'
  /** The words between `import` or `export` and `from`. */
  readonly names: readonly string[]
  readonly line: number
}

/** Every import and re-export of a TypeScript source, in order. Comments and strings that look like one don't count. */
export function importsOf(source: string): Import[] {
  const tokens = tokensOf(source).filter((token) => token.kind !== 'comment')
  return tokens.flatMap((token, index) => importAt(tokens, index) ?? [])
}

function importAt(tokens: readonly Token[], index: number): Import | undefined {
  const token = tokens[index]
  if (token?.kind !== 'word' || isProperty(tokens, index)) return undefined
  if (token.text === 'import') return importFrom(tokens, index)
  if (token.text === 'export') return reExport(tokens, index)
  return undefined
}

/** `x.import` and `{ import: 1 }` are names, not statements. */
function isProperty(tokens: readonly Token[], index: number): boolean {
  return ['.', '?.'].includes(tokens[index - 1]?.text ?? '') || tokens[index + 1]?.text === ':'
}

function importFrom(tokens: readonly Token[], index: number): Import | undefined {
  const line = tokens[index]?.line ?? 0
  const after = tokens[index + 1]
  if (after?.kind === 'string') return { from: after.text, kind: 'static', names: [], line }
  if (after?.text === '(') return { from: literal(tokens[index + 2]), kind: 'dynamic', names: [], line }
  if (after?.kind !== 'word' && after?.text !== '{' && after?.text !== '*') return undefined
  return clause(tokens, index)
}

function reExport(tokens: readonly Token[], index: number): Import | undefined {
  const start = tokens[index + 1]?.text === 'type' ? index + 2 : index + 1
  const opens = tokens[start]?.text
  return opens === '{' || opens === '*' ? clause(tokens, index) : undefined
}

const CLAUSE = new Set(['{', '}', ',', '*'])

/** Reads `type? names from 'there'`; undefined as soon as something else stands there, such as `export { a }` alone. */
function clause(tokens: readonly Token[], index: number): Import | undefined {
  const names: string[] = []
  for (let at = index + 1; at < tokens.length; at += 1) {
    const token = tokens[at]
    const following = tokens[at + 1]
    if (token?.text === 'from' && token.kind === 'word' && following?.kind === 'string') {
      return {
        from: following.text,
        kind: isTypeOnly(tokens, index) ? 'type' : 'static',
        names,
        line: tokens[index]?.line ?? 0,
      }
    }
    if (token?.kind === 'word') names.push(token.text)
    else if (token === undefined || !CLAUSE.has(token.text)) return undefined
  }
  return undefined
}

/** `import type from './x.ts'` imports a value that is called type. */
function isTypeOnly(tokens: readonly Token[], index: number): boolean {
  const [first, second] = [tokens[index + 1]?.text, tokens[index + 2]?.text]
  return first === 'type' && second !== 'from' && second !== ','
}

function literal(token: Token | undefined): string | undefined {
  if (token?.kind === 'string') return token.text
  if (token?.kind === 'template' && !token.text.includes('${')) return token.text.slice(1, -1)
  return undefined
}
