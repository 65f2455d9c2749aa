import { decideApproval } from './approvals-decide.ts'
import { jsonOption, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'

export const approvalsDeny: Command = {
  name: 'approvals deny',
  summary: 'Refuse a request that waits, and the same one for a day.',
  operand: 'ID',
  options: [homeOption, jsonOption],
  examples: [
    { line: 'musivum approvals deny ap-0a1b2c3d4e', about: 'its caller is told who denied it and when' },
  ],
  run: (args, terminal) => decideApproval(approvalsDeny, 'denied', args, terminal),
}
