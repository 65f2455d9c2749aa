import type { Room } from '../catalog/fit/first-weights.ts'
import type { Model } from '../catalog/model.ts'
import type { ConfigSnapshot } from '../gateway/config/load-config.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import type { Finding } from './doctor/finding.ts'
import {
  configOption,
  gatewaySettings,
  homeOption,
  hostOption,
  listenSettings,
  portOption,
  type GatewaySettings,
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

/** Cheap checks first, each shown when it is done: the last ones take seconds on a slow machine. */
async function* examine(args: Arguments, terminal: Terminal): AsyncGenerator<Finding> {
  const settings = gatewaySettings(args, terminal)
  const { home } = settings
  yield* machineFindings()
  const atHome = await (await import('./doctor/machine.ts')).checkHome(home)
  yield* atHome
  const setup = await import('./doctor/setup.ts')
  const config = setup.checkConfig(settings)
  yield* config.findings
  const listen = { ...config.snapshot?.listen, ...listenSettings(args, terminal) }
  const port = await setup.checkPort(listen.host ?? '127.0.0.1', listen.port ?? 4000)
  yield port
  const servers = await setup.checkServers(terminal.signal)
  yield servers.finding
  yield await setup.checkStarterModels(terminal.signal)
  const engine = await (await import('./doctor/engine-build.ts')).checkEngine(home)
  yield engine.finding
  yield (await import('./doctor/graphics.ts')).checkGraphics(engine.status)
  const homeIsWritable = atHome.every(({ status }) => status !== 'problem')
  const waits = [
    config.snapshot === null && 'the configuration is right',
    !homeIsWritable && 'the home folder can be written',
    engine.finding.status !== 'ok' && 'the engine is installed',
  ]
  yield await answerFinding(settings, { waits, besideAnother: port.status !== 'ok' }, terminal)
  const [{ nextStep }, { firstWriter }] = await Promise.all([
    import('./doctor/next-step.ts'),
    import('./doctor/first-writer.ts'),
  ])
  const working = workingModels(config.snapshot)
  yield nextStep({
    configIsRight: config.snapshot !== null,
    engineInstalled: engine.status.installed,
    homeIsWritable,
    models: [...working.map(({ name }) => name), ...servers.models],
    asked: (await firstWriter(working)) ?? servers.models[0],
    room: await roomHere(home, terminal.signal),
  })
}

async function* machineFindings(): AsyncGenerator<Finding> {
  const [machine, { checkThreads }, { checkLimits }] = await Promise.all([
    import('./doctor/machine.ts'),
    import('./doctor/threads.ts'),
    import('./doctor/limits.ts'),
  ])
  yield machine.checkNode()
  yield machine.checkPlatform()
  yield machine.checkProcessor()
  yield checkThreads()
  yield machine.checkMemory()
  yield checkLimits()
}

/** Asks a model, once nothing stands in its way. */
async function answerFinding(
  settings: GatewaySettings,
  { waits, besideAnother }: { readonly waits: readonly (string | false)[]; readonly besideAnother: boolean },
  { signal }: Terminal,
): Promise<Finding> {
  const first = waits.find((wait) => wait !== false)
  if (first !== undefined)
    return { check: 'answer', status: 'warn', says: `not tried until ${first}`, next: 'then run this again' }
  const { checkAnswer } = await import('./doctor/self-test.ts')
  return checkAnswer(settings, { besideAnother, signal })
}

/** Those that were brought here for work, whose keys and files are there. */
function workingModels(snapshot: ConfigSnapshot | null): readonly Model[] {
  return (snapshot?.models ?? []).filter(({ toy, unavailable }) => !toy && unavailable === undefined)
}

/** A model gets what is free beside a gateway that runs, and leaves some of the disk to others. */
async function roomHere(home: string, signal: AbortSignal): Promise<Room> {
  const [{ freeMemory }, { freeDisk }, { measureBandwidth }] = await Promise.all([
    import('../engines/llama/free-memory.ts'),
    import('./doctor/machine.ts'),
    import('./models-fit-bandwidth.ts'),
  ])
  return {
    memoryBytes: Math.max(0, freeMemory() - RUNTIME_BYTES),
    diskBytes: Math.max(0, (await freeDisk(home)) - SPARE_DISK_BYTES),
    bandwidth: await measureBandwidth(LARGE_WORKING_BYTES, signal),
  }
}

/** The child process of a model beside its weights. */
const RUNTIME_BYTES = 200 * 1024 * 1024
const SPARE_DISK_BYTES = 1024 ** 3
/** More than any cache: what is measured is the memory. */
const LARGE_WORKING_BYTES = 1024 ** 3

const MARKS = { ok: 'ok     ', warn: 'warn   ', problem: 'problem' } as const

function lineOf({ check, status, says, next }: Finding): string {
  const line = `${MARKS[status]}  ${check.padEnd(14)}  ${says}`
  return next === undefined ? line : `${line}\n${' '.repeat(25)}-> ${next}`
}
