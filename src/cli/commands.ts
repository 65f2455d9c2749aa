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
    name: 'certify verify',
    summary: 'Check the signature of a certificate, and that its data give what it says.',
    load: async () => (await import('./certificate-verify.ts')).certificateVerify,
  },
  {
    name: 'certify keygen',
    summary: 'Make the pair of keys that certificates are signed and checked with.',
    load: async () => (await import('./certificate-keygen.ts')).certificateKeygen,
  },
  {
    name: 'evidence cells',
    summary: 'Write the counts and sums that a site may give away, and no text.',
    load: async () => (await import('./evidence-cells.ts')).evidenceCells,
  },
  {
    name: 'evidence pool',
    summary: 'Put together what several sites measured, without any of their text.',
    load: async () => (await import('./evidence-pool.ts')).evidencePool,
  },
  {
    name: 'router evaluate',
    summary: 'Train a router on prompts and say whether it is better than no router.',
    load: async () => (await import('./router-evaluate.ts')).routerEvaluate,
  },
  {
    name: 'evidence run',
    summary: 'Ask the models of a task on all its items and say which are good enough.',
    load: async () => (await import('./evidence-run.ts')).evidenceRun,
  },
  {
    name: 'evidence list',
    summary: 'List the runs of this machine with what they proved.',
    load: async () => (await import('./evidence-list.ts')).evidenceList,
  },
  {
    name: 'evidence import',
    summary: 'Turn data sets and results of other tools into items and outcomes.',
    load: async () => (await import('./evidence-import.ts')).evidenceImport,
  },
  {
    name: 'evidence report',
    summary: 'Say in words and pictures which models and combinations may stand in for another.',
    load: async () => (await import('./evidence-report.ts')).evidenceReport,
  },
]

/** The command that the first one or two words name. */
export function findCommand(words: readonly string[]): Entry {
  const [first = '', second] = words
  // Two words first: `certify verify` is another command than `certify`.
  const named = (words: string) => commands.find(({ name }) => name === words)
  const exact = named(`${first} ${second}`) ?? named(first)
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
