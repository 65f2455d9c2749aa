import { nearestNames } from '../core/nearest.ts'
import type { Command } from './command.ts'
import { invalid } from '../core/errors.ts'

type Entry = { readonly name: string; readonly summary: string; readonly load: () => Promise<Command> }

/** A command is loaded when called for: `--help` must not wait for a gateway to be read from disk. */
export const commands: readonly Entry[] = [
  {
    name: 'up',
    summary: 'Start the gateway and the console with what is found.',
    load: async () => (await import('./up.ts')).up,
  },
  {
    name: 'ask',
    summary: 'Ask a model through the pipeline of the gateway.',
    load: async () => (await import('./ask.ts')).ask,
  },
  {
    name: 'doctor',
    summary: 'Say what this machine can do and what is missing.',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'models list',
    summary: 'List the models by the names clients use.',
    load: async () => (await import('./models-list.ts')).modelsList,
  },
  {
    name: 'engine install',
    summary: 'Install the embedded engine, or the GPU build that fits.',
    load: async () => (await import('./engine-install.ts')).engineInstall,
  },
  {
    name: 'engine status',
    summary: 'Say which build of the embedded engine is installed.',
    load: async () => (await import('./engine-status.ts')).engineStatus,
  },
  {
    name: 'compare',
    summary: 'Say whether one model is good enough to stand in for another, item by item.',
    load: async () => (await import('./compare.ts')).compare,
  },
  {
    name: 'combine',
    summary: 'Say what several models together would have scored and cost on recorded outcomes.',
    load: async () => (await import('./combine.ts')).combine,
  },
  {
    name: 'certify',
    summary: 'Prove how much may be left to a cheap model before quality suffers.',
    load: async () => (await import('./certify.ts')).certify,
  },
  {
    name: 'router evaluate',
    summary: 'Train a router on prompts and say whether it is better than no router.',
    load: async () => (await import('./router-evaluate.ts')).routerEvaluate,
  },
]

/** The command that the first one or two words name. */
export function findCommand(words: readonly string[]): Entry {
  const [first = '', second] = words
  const exact = commands.find(({ name }) => name === first || name === `${first} ${second}`)
  if (exact !== undefined) return exact
  if (first.startsWith('-'))
    throw invalid(`options come after the command; \`musivum --help\` lists the commands`)
  const inGroup = commands.filter(({ name }) => name.startsWith(`${first} `))
  if (inGroup.length > 0) {
    const known = inGroup.map(({ name }) => `\`musivum ${name}\``).join(' or ')
    throw invalid(`${first} needs to know what to do: ${known}`)
  }
  const [nearest] = nearestNames(
    first,
    commands.map(({ name }) => name.split(' ')[0] ?? name),
    1,
  )
  const hint = nearest === undefined ? '`musivum --help` lists the commands' : `did you mean ${nearest}?`
  throw invalid(`there is no command ${first.slice(0, 40)}; ${hint}`)
}
