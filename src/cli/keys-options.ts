import { invalid } from '../core/errors.ts'
import type { KeyChange } from '../store/accounts/accounts.ts'
import { listOption } from './account-options.ts'
import { momentMs } from './account-times.ts'
import type { Arguments, Option } from './command.ts'
import { hasSwitch, textOption } from './parse-arguments.ts'

/** What a key allows, as `keys create` and `keys change` take it. */
export const allowanceOptions: readonly Option[] = [
  {
    name: 'models',
    value: 'A,B',
    about: 'Only these models; `prefix*` is all that begin so. `all`: no list.',
  },
  { name: 'tasks', value: 'A,B', about: 'Only these tasks. `all`: no list.' },
  { name: 'plans', value: 'A,B', about: 'Only these plans. `all`: no list.' },
  {
    name: 'expires',
    value: 'WHEN',
    about: 'A span from now (90d, 12h), a day (2027-01-31: from its first moment in UTC), or `never`.',
  },
  {
    name: 'clearances',
    value: 'A,B',
    about: 'What its holder may see, in words of your policy. `none`: nothing.',
  },
  {
    name: 'metadata',
    value: 'NAME=TEXT',
    about: 'Anything to find it by; may be given several times.',
    repeats: true,
  },
]

/** The options above that were given. */
export function allowancesOf(args: Arguments, nowMs: number): KeyChange {
  const expires = textOption(args, 'expires')
  const clearances = listOption(args, 'clearances')
  const metadata = args.repeated?.get('metadata')
  return {
    ...lists(args),
    ...(expires === undefined ? {} : { expiresMs: expiryMs(expires, nowMs) }),
    ...(clearances === undefined ? {} : { clearances: isWord(clearances, 'none') ? [] : clearances }),
    ...(metadata === undefined ? {} : { metadata: Object.fromEntries(metadata.map(pairOf)) }),
  }
}

function lists(args: Arguments): Pick<KeyChange, 'models' | 'tasks' | 'plans'> {
  const given = (['models', 'tasks', 'plans'] as const).flatMap((name) => {
    const list = listOption(args, name)
    return list === undefined ? [] : [[name, isWord(list, 'all') ? null : list] as const]
  })
  return Object.fromEntries(given)
}

function isWord(list: readonly string[], word: string): boolean {
  return list.length === 1 && list[0] === word
}

function expiryMs(text: string, nowMs: number): number | null {
  if (text === 'never') return null
  const expiresMs = momentMs('--expires', text, { nowMs, towards: 1 })
  if (expiresMs > nowMs) return expiresMs
  throw invalid(
    `--expires: expected a time in the future, not "${text}"; \`musivum keys revoke\` ends a key now`,
  )
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw invalid(`--metadata: expected NAME=TEXT, not "${text}"`)
  return [text.slice(0, at), text.slice(at + 1)]
}

export const cacheOption: Option = {
  name: 'cache',
  about: 'Exact answers may be kept and given again to this key.',
}

export const noCacheOption: Option = { name: 'no-cache', about: 'No longer.' }

export function cacheOf(args: Arguments): { readonly cache?: boolean } {
  const [on, off] = [hasSwitch(args, 'cache'), hasSwitch(args, 'no-cache')]
  if (on && off) throw invalid('--cache and --no-cache say the opposite of each other')
  return on || off ? { cache: on } : {}
}
