import { withAccounts } from './account-files.ts'
import { onlyOperand } from './account-options.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'
import { hasSwitch } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const projectsRemove: Command = {
  name: 'projects remove',
  summary: 'Remove a project that no key is for any more.',
  operand: 'ID',
  options: [homeOption, jsonOption],
  examples: [{ line: 'musivum projects remove contracts', about: 'what it spent stays in the ledger' }],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const id = onlyOperand(projectsRemove, args)
  return withAccounts(args, terminal, (accounts) => {
    accounts.removeProject(id)
    terminal.write(
      hasSwitch(args, 'json') ? `${JSON.stringify({ id, removed: true })}\n` : `removed project ${id}\n`,
    )
    return EXIT.ok
  })
}
