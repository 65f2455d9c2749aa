import { runProbes, type ProbeResult } from '../policy/probe.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { openPolicy, operandPolicy } from './policy-options.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const policyProbe: Command = {
  name: 'policy probe',
  summary: 'Run the cases that a policy brings along and say which come out otherwise.',
  operand: 'PRESET|FILE',
  options: [jsonOption],
  examples: [
    { line: 'musivum policy probe ./rules.yaml', about: 'exit code 1 when a case comes out otherwise' },
    { line: 'musivum policy probe hospital --json', about: 'every case of a preset, for a script' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const { policy } = openPolicy(operandPolicy(policyProbe, args), terminal)
  const results = runProbes(policy)
  const failed = results.filter(({ passed }) => !passed)
  writeReport(args, terminal, {
    json: () => ({
      policy: policy.name,
      policy_hash: policy.hash,
      passed: results.length - failed.length,
      failed: failed.length,
      results,
    }),
    text: () => sentences(policy.name, results, failed),
  })
  return Promise.resolve(failed.length === 0 ? EXIT.ok : EXIT.negative)
}

function sentences(name: string, results: readonly ProbeResult[], failed: readonly ProbeResult[]): string {
  if (results.length === 0) return `${name} has no probes.`
  const lines = results.map(
    ({ at, probe, model, passed, expected, got }) =>
      `${passed ? 'ok    ' : 'FAILED'} ${at} ${probe}: ${model}: expected ${expected}${passed ? '' : `, got ${got}`}`,
  )
  const total = `${results.length - failed.length} of ${results.length} come out as expected.`
  return [...lines, total].join('\n')
}
