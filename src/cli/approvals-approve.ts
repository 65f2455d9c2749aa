import { decideApproval } from './approvals-decide.ts'
import { jsonOption, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'

export const approvalsApprove: Command = {
  name: 'approvals approve',
  summary: 'Let a request that waits be answered, once.',
  operand: 'ID',
  options: [homeOption, jsonOption],
  examples: [
    {
      line: 'musivum approvals approve ap-0a1b2c3d4e',
      about: 'the same caller sends the same request again within an hour',
    },
  ],
  run: (args, terminal) => decideApproval(approvalsApprove, 'approved', args, terminal),
}
