import { fileRole, isHeavy } from '../file-roles.ts'
import type { SignedStatement } from './signed-statement.ts'

export type FileAtHand = { readonly name: string; readonly sha256: string }

export type SignedFilesCheck = {
  readonly statement: SignedStatement
  readonly files: readonly FileAtHand[]
  /** Of the signature itself, which cannot be in its own list. */
  readonly signatureName: string
  /** Which signed files may be absent; none in a folder that claims to be the model. */
  readonly mayBeAbsent: (name: string) => boolean
}

export type SignedFilesVerdict = {
  /** What is here, signed and unchanged. */
  readonly signed: number
  /** Signed, not here, and not needed here: other quantisations, pictures. */
  readonly absent: number
  /** One line each. */
  readonly problems: readonly string[]
}

/** That the files are those of the statement: none changed, none missing, none more. */
export function checkSignedFiles({ statement, files, ...rules }: SignedFilesCheck): SignedFilesVerdict {
  const expected = new Map(statement.resources.map(({ name, sha256 }) => [name, sha256]))
  const here = new Set(files.map(({ name }) => name))
  const missing = statement.resources.filter(({ name }) => !here.has(name))
  const needed = missing.filter(({ name }) => !rules.mayBeAbsent(name))
  const wrong = files.flatMap(({ name, sha256 }) => {
    const signed = expected.get(name)
    if (signed === sha256) return []
    if (signed !== undefined) return [`${shown(name)} has the sha256 ${sha256}, but ${signed} is signed`]
    return isLeftOut(name, statement, rules.signatureName) ? [] : [`${shown(name)} is not signed`]
  })
  return {
    signed: files.filter(({ name, sha256 }) => expected.get(name) === sha256).length,
    absent: missing.length - needed.length,
    problems: [...wrong, ...needed.map(({ name }) => `${shown(name)} is signed and missing`)],
  }
}

/** What the reference implementation leaves out of every signature. */
const ALWAYS_LEFT_OUT = ['.git', '.gitattributes', '.github', '.gitignore']

/** Weights are never left out, whatever a signature says: an unsigned model beside a signed card proves nothing. */
function isLeftOut(name: string, { ignored }: SignedStatement, signatureName: string): boolean {
  if (name === signatureName) return true
  const role = fileRole(name)
  if (role !== undefined && isHeavy(role)) return false
  return [...ALWAYS_LEFT_OUT, ...ignored].some((path) => name === path || name.startsWith(`${path}/`))
}

function shown(name: string): string {
  return name.replace(/\p{Cc}+/gu, '?').slice(0, 120)
}
