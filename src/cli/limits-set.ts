import { invalid } from '../core/errors.ts'
import { nanoUsd } from '../core/money.ts'
import { scopeName } from '../store/accounts/allowance-tables.ts'
import type { RateLimits } from '../store/accounts/accounts.ts'
import { withAccounts } from './account-files.ts'
import { scopeOf, scopeOptions, usdOption } from './account-options.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'
import { limitsJson, limitWords } from './limits-words.ts'
import { hasSwitch, wholeNumberOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const limitsSet: Command = {
  name: 'limits set',
  summary: 'Set how much may be asked in a minute, and at once.',
  options: [
    ...scopeOptions,
    { name: 'requests-per-minute', value: 'N', about: 'In any 60 seconds.' },
    { name: 'tokens-per-minute', value: 'N', about: 'In and out together, in any 60 seconds.' },
    { name: 'usd-per-minute', value: 'AMOUNT', about: 'Dollars in any 60 seconds.' },
    { name: 'parallel', value: 'N', about: 'Requests that are being answered at the same time.' },
    homeOption,
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum limits set --team legal --requests-per-minute 600 --parallel 20',
      about: 'all keys of the team together; limits that are not given are taken away',
    },
    {
      line: 'musivum limits set --everyone --usd-per-minute 2.50',
      about: 'a runaway loop costs this much at most',
    },
  ],
  run,
}

const MOST = 1e12

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const scope = scopeOf(limitsSet, args)
  const limits = limitsOf(args)
  return withAccounts(args, terminal, (accounts) => {
    accounts.setLimits(scope, limits)
    const text = `${scopeName(scope)}: ${limitWords(limits).join(', ')}; a running gateway knows within a second`
    terminal.write(`${hasSwitch(args, 'json') ? JSON.stringify(limitsJson({ scope, limits })) : text}\n`)
    return EXIT.ok
  })
}

function limitsOf(args: Arguments): RateLimits {
  const requestsPerMinute = wholeNumberOption(args, 'requests-per-minute', 1, MOST)
  const tokensPerMinute = wholeNumberOption(args, 'tokens-per-minute', 1, MOST)
  const nanoUsdPerMinute = usdOption(args, 'usd-per-minute')
  const parallel = wholeNumberOption(args, 'parallel', 1, MOST)
  if (nanoUsdPerMinute === nanoUsd(0))
    throw invalid('--usd-per-minute: expected more than 0; a budget with a cap of 0 stops all spending')
  const limits = {
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
    ...(nanoUsdPerMinute === undefined ? {} : { nanoUsdPerMinute }),
    ...(parallel === undefined ? {} : { parallel }),
  }
  if (Object.keys(limits).length > 0) return limits
  throw invalid('limits set needs a limit: `musivum limits set --help` shows them')
}
