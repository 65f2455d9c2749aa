import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import type { Finding } from './doctor/finding.ts'
import {
  configOption,
  gatewaySettings,
  homeOption,
  hostOption,
  listenSettings,
  portOption,
} from './gateway-settings.ts'
import { hasSwitch } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const doctor: Command = {
  name: 'doctor',
  summary: 'Say what this machine can do and what is missing.',
  options: [configOption, homeOption, hostOption, portOption, jsonOption],
  examples: [
    { line: 'musivum doctor', about: 'exit code 1 when something that is needed is broken' },
    { line: 'musivum doctor --json', about: 'the findings as one document' },
    {
      line: 'musivum doctor --config /etc/musivum.yaml --port 8080',
      about: 'would the gateway start like this?',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const json = hasSwitch(args, 'json')
  const findings: Finding[] = []
  for await (const finding of examine(args, terminal)) {
    findings.push(finding)
    if (!json) terminal.write(`${lineOf(finding)}\n`)
  }
  const broken = findings.some(({ status }) => status === 'problem')
  if (json) terminal.write(`${JSON.stringify({ healthy: !broken, findings })}\n`)
  return broken ? EXIT.negative : EXIT.ok
}

/** Cheap checks first, each shown when it is done: the last one takes seconds on a slow machine. */
async function* examine(args: Arguments, terminal: Terminal): AsyncGenerator<Finding> {
  const settings = gatewaySettings(args, terminal)
  const listen = listenSettings(args, terminal)
  const [machine, setup] = await Promise.all([import('./doctor/machine.ts'), import('./doctor/setup.ts')])
  yield machine.checkNode()
  yield machine.checkPlatform()
  yield machine.checkProcessor()
  yield machine.checkMemory()
  yield* await machine.checkHome(settings.home)
  const config = setup.checkConfig(settings)
  yield* config.findings
  const host = listen.host ?? config.snapshot?.listen.host ?? '127.0.0.1'
  yield await setup.checkPort(host, listen.port ?? config.snapshot?.listen.port ?? 4000)
  yield await setup.checkServers(terminal.signal)
  yield await setup.checkStarterModels(terminal.signal)
  const engine = await setup.checkEngine(settings.home)
  yield engine
  if (engine.status !== 'ok' || config.snapshot === null) {
    const waits = config.snapshot === null ? 'the configuration is right' : 'the engine is installed'
    yield { check: 'answer', status: 'warn', says: `not tried until ${waits}`, next: 'then run this again' }
    return
  }
  const { checkAnswer } = await import('./doctor/self-test.ts')
  yield await checkAnswer(settings, terminal.signal)
}

const MARKS = { ok: 'ok     ', warn: 'warn   ', problem: 'problem' } as const

function lineOf({ check, status, says, next }: Finding): string {
  const line = `${MARKS[status]}  ${check.padEnd(14)}  ${says}`
  return next === undefined ? line : `${line}\n${' '.repeat(25)}-> ${next}`
}
