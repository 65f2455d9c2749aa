import { invalid } from '../core/errors.ts'
import { exactUsd } from '../gateway/admin/exact-usd.ts'
import type { NanoUsd } from '../core/money.ts'
import type { Scope } from '../store/accounts/accounts.ts'
import type { Arguments, Command, Option } from './command.ts'
import { hasSwitch, textOption } from './parse-arguments.ts'

/** The one thing that a command is about, such as the id of a key. */
export function onlyOperand(command: Command, { operands }: Arguments): string {
  const [operand, more] = operands
  if (operand !== undefined && more === undefined) return operand
  const words = operand === undefined ? 'needs' : 'takes one'
  throw invalid(
    `${command.name} ${words} ${command.operand ?? ''}; \`musivum ${command.name} --help\` shows an example`,
  )
}

export const scopeOptions: readonly Option[] = [
  { name: 'team', value: 'ID', about: 'For this team: all its keys together.' },
  { name: 'project', value: 'ID', about: 'For this project.' },
  { name: 'key', value: 'ID', about: 'For this key.' },
  { name: 'everyone', about: 'For the whole gateway.' },
]

/** Whom a budget or a limit is for: exactly one of the options above. */
export function scopeOf(command: Command, args: Arguments): Scope {
  const scopes: Scope[] = hasSwitch(args, 'everyone') ? [{ kind: 'everyone' }] : []
  for (const kind of ['team', 'project', 'key'] as const) {
    const id = textOption(args, kind)
    if (id !== undefined) scopes.push({ kind, id })
  }
  const [scope, more] = scopes
  if (scope !== undefined && more === undefined) return scope
  throw invalid(`${command.name} needs one of --team ID, --project ID, --key ID and --everyone`)
}

/** Dollars as written, exact: `25`, `0.50`. */
export function usdOption(args: Arguments, name: string): NanoUsd | undefined {
  const text = textOption(args, name)
  if (text === undefined) return undefined
  const read = exactUsd(text)
  if (read.kind === 'amount') return read.nanoUsd
  throw invalid(`--${name}: expected ${read.expected}, not "${text}"`)
}

/** `a,b` as a list; undefined when the option was not given. */
export function listOption(args: Arguments, name: string): readonly string[] | undefined {
  const entries = textOption(args, name)
    ?.split(',')
    .map((entry) => entry.trim())
  if (entries?.includes('') === true) throw invalid(`--${name}: expected names with commas between them`)
  return entries
}
