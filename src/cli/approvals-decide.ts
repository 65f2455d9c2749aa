import { withAccounts } from './account-files.ts'
import { onlyOperand } from './account-options.ts'
import { approvalJson, decidedText } from './approvals-words.ts'
import { EXIT, type Arguments, type Command } from './command.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

/** Who decides on the command line is whoever may write the home folder; it has no name of its own. */
const BY = 'the command line'

export function decideApproval(
  command: Command,
  verdict: 'approved' | 'denied',
  args: Arguments,
  terminal: Terminal,
): Promise<number> {
  const id = onlyOperand(command, args)
  return withAccounts(args, terminal, ({ approvals }) => {
    const approval = approvals.decide(id, verdict, BY)
    writeReport(args, terminal, { json: () => approvalJson(approval), text: () => decidedText(approval) })
    return EXIT.ok
  })
}
