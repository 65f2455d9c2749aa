import { withAccounts } from './account-files.ts'
import { approvalJson, approvalTable } from './approvals-words.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'
import { choiceOption, hasSwitch, wholeNumberOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

const STATES = ['pending', 'approved', 'denied', 'used', 'expired'] as const

export const approvalsList: Command = {
  name: 'approvals list',
  summary: 'List the requests that wait for a person, or were decided by one.',
  options: [
    { name: 'state', value: 'STATE', about: `${STATES.join(', ')}; pending unless given.` },
    { name: 'all', about: 'In every state.' },
    { name: 'limit', value: 'N', about: 'At most N, newest first, up to 200; 50 unless given.' },
    homeOption,
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum approvals list',
      about: 'what waits, with who asked, what was found, and by which rule',
    },
    { line: 'musivum approvals list --all --json', about: 'the decided ones too, as one document' },
  ],
  run,
}

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const state = choiceOption(args, 'state', STATES) ?? (hasSwitch(args, 'all') ? undefined : 'pending')
  const limit = wholeNumberOption(args, 'limit', 1, 200) ?? 50
  return withAccounts(args, terminal, ({ approvals: kept }) => {
    const approvals = kept.list({ limit, ...(state !== undefined && { state }) })
    if (hasSwitch(args, 'json')) {
      terminal.write(`${JSON.stringify({ approvals: approvals.map(approvalJson) })}\n`)
      return EXIT.ok
    }
    const none = state === 'pending' ? 'nothing waits for approval' : 'no approval is like that'
    terminal.write(`${approvals.length === 0 ? none : approvalTable(approvals)}\n`)
    return EXIT.ok
  })
}
