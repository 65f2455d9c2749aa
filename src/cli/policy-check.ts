import { checkPolicy, type Finding } from '../policy/analysis/check-policy.ts'
import type { RulePolicy } from '../policy/rule-policy.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { openPolicy, operandPolicy } from './policy-options.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const policyCheck: Command = {
  name: 'policy check',
  summary: 'Say whether rules are right, and which of them never or always fire.',
  operand: 'PRESET|FILE',
  options: [jsonOption],
  examples: [
    {
      line: 'musivum policy check ./rules.yaml',
      about: 'exit code 2 and the line of each mistake when it is wrong',
    },
    { line: 'musivum policy check hospital --json', about: 'a preset that ships with us, for a script' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const { policy, warnings } = openPolicy(operandPolicy(policyCheck, args), terminal)
  const findings = checkPolicy(policy.rules)
  writeReport(args, terminal, {
    json: () => documentOf(policy, warnings, findings),
    text: () => sentences(policy, findings),
  })
  return Promise.resolve(EXIT.ok)
}

function documentOf(policy: RulePolicy, warnings: readonly string[], findings: readonly Finding[]) {
  return {
    valid: true,
    policy: policy.name,
    policy_hash: policy.hash,
    rules: policy.rules.length,
    probes: policy.probes.length,
    warnings: [
      ...warnings.map((text) => ({ kind: 'file', rules: [], at: null, text })),
      ...findings.map(({ kind, rules, at, text }) => ({ kind, rules, at, text })),
    ],
  }
}

function sentences({ name, hash, rules, probes }: RulePolicy, findings: readonly Finding[]): string {
  const strange = findings.length === 0 ? 'nothing strange' : `${findings.length} to look at`
  return [
    `${name}: ${counted(rules.length, 'rule')}, ${counted(probes.length, 'probe')}, ${strange}. Hash ${hash}.`,
    ...findings.map(({ at, text }) => `${at}: ${text}`),
  ].join('\n')
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
