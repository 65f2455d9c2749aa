import { invalid, MusivumError, toMusivumError } from '../core/errors.ts'
import { findPolicy, loadPolicy, type LoadedPolicy } from '../gateway/config/load-policy.ts'
import type { Arguments, Command, Option } from './command.ts'
import type { Terminal } from './terminal.ts'

export const policyOption: Option = {
  name: 'policy',
  value: 'FILE',
  about: 'A preset or a file of rules, in place of the one that the configuration names.',
}

/** The one policy that a command is about, as its operand names it. */
export function operandPolicy(command: Command, { operands }: Arguments): string {
  const [named, extra] = operands
  if (named === undefined || extra !== undefined)
    throw invalid(
      `${command.name} needs one preset or file of rules; \`musivum ${command.name} --help\` shows an example`,
    )
  return named
}

/** @throws MusivumError `config.invalid` after every problem but the first, which is the error's own, has been noted. */
export function openPolicy(named: string, terminal: Terminal): LoadedPolicy {
  try {
    const loaded = loadPolicy(findPolicy(named, [terminal.cwd]))
    for (const warning of loaded.warnings) terminal.note(`warning: ${warning}`, 'yellow')
    return loaded
  } catch (thrown) {
    throw withProblemsNoted(toMusivumError(thrown), terminal)
  }
}

function withProblemsNoted(error: MusivumError, terminal: Terminal): MusivumError {
  const { problems } = error.facts
  if (!Array.isArray(problems) || problems.length < 2) return error
  const [first, ...more] = problems.map(String)
  for (const problem of more) terminal.note(problem, 'red')
  return new MusivumError(error.code, first ?? error.message, error.facts, { cause: error })
}
