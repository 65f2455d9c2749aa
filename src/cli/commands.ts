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
    name: 'models fit',
    summary: 'Say how much memory a model needs here, before it is downloaded.',
    load: async () => (await import('./models-fit.ts')).modelsFit,
  },
  {
    name: 'models bench',
    summary: 'Measure how fast a local model reads and writes here, and keep the figures.',
    load: async () => (await import('./models-bench.ts')).modelsBench,
  },
  {
    name: 'models inspect',
    summary: 'Say what is in a weights file: tensors, tokenizer, template, licence.',
    load: async () => (await import('./models-inspect.ts')).modelsInspect,
  },
  {
    name: 'models diff',
    summary: 'Say what differs between two weights files: tensors, template, tokenizer, metadata.',
    load: async () => (await import('./models-diff.ts')).modelsDiff,
  },
  {
    name: 'models probe',
    summary: 'Ask a model a fixed battery and say how it treats languages, or people.',
    load: async () => (await import('./models-probe.ts')).modelsProbe,
  },
  {
    name: 'models pull',
    summary: 'Bring open weights onto this machine, checked and recorded.',
    load: async () => (await import('./models-pull.ts')).modelsPull,
  },
  {
    name: 'models verify',
    summary: 'Read pulled weights again and compare every hash.',
    load: async () => (await import('./models-verify.ts')).modelsVerify,
  },
  {
    name: 'models sign',
    summary: 'Sign the files of a model, so that others can check that they are yours and unchanged.',
    load: async () => (await import('./models-sign.ts')).modelsSign,
  },
  {
    name: 'models keygen',
    summary: 'Make the pair of keys that models are signed and checked with.',
    load: async () => (await import('./models-keygen.ts')).modelsKeygen,
  },
  {
    name: 'models lineage',
    summary: 'Say what a model was made from, what proves it, and which licence follows.',
    load: async () => (await import('./models-lineage.ts')).modelsLineage,
  },
  {
    name: 'models rm',
    summary: 'Take a pulled model off this machine.',
    load: async () => (await import('./models-rm.ts')).modelsRm,
  },
  {
    name: 'models gc',
    summary: 'Remove weights that no pulled model needs.',
    load: async () => (await import('./models-gc.ts')).modelsGc,
  },
  {
    name: 'models ps',
    summary: 'Say which models are loaded, what they hold and what they do.',
    load: async () => (await import('./models-ps.ts')).modelsPs,
  },
  {
    name: 'models warm',
    summary: 'Load a model now, so that nobody has to wait for it.',
    load: async () => (await import('./models-warm.ts')).modelsWarm,
  },
  {
    name: 'models unload',
    summary: 'Give the memory of a model back.',
    load: async () => (await import('./models-unload.ts')).modelsUnload,
  },
  {
    name: 'config import',
    summary: 'Turn the configuration of LiteLLM, Portkey or TensorZero into a musivum.yaml.',
    load: async () => (await import('./config-import.ts')).configImport,
  },
  {
    name: 'config check',
    summary: 'Say whether a musivum.yaml is right, and what around it is missing.',
    load: async () => (await import('./config-check.ts')).configCheck,
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
    name: 'keys create',
    summary: 'Make a key and say its secret, once.',
    load: async () => (await import('./keys-create.ts')).keysCreate,
  },
  {
    name: 'keys list',
    summary: 'List the keys, without their secrets.',
    load: async () => (await import('./keys-list.ts')).keysList,
  },
  {
    name: 'keys show',
    summary: 'Say everything that is known of a key but its secret.',
    load: async () => (await import('./keys-show.ts')).keysShow,
  },
  {
    name: 'keys change',
    summary: 'Change what a key allows; its secret stays.',
    load: async () => (await import('./keys-change.ts')).keysChange,
  },
  {
    name: 'keys rotate',
    summary: 'Make a new secret for a key and say it, once.',
    load: async () => (await import('./keys-rotate.ts')).keysRotate,
  },
  {
    name: 'keys revoke',
    summary: 'Refuse a key from now on and end its open streams.',
    load: async () => (await import('./keys-revoke.ts')).keysRevoke,
  },
  {
    name: 'teams create',
    summary: 'Make a team, whom keys and projects belong to.',
    load: async () => (await import('./teams-create.ts')).teamsCreate,
  },
  {
    name: 'teams list',
    summary: 'List the teams.',
    load: async () => (await import('./teams-list.ts')).teamsList,
  },
  {
    name: 'teams remove',
    summary: 'Remove a team that nothing belongs to any more.',
    load: async () => (await import('./teams-remove.ts')).teamsRemove,
  },
  {
    name: 'projects create',
    summary: 'Make a project of a team.',
    load: async () => (await import('./projects-create.ts')).projectsCreate,
  },
  {
    name: 'projects list',
    summary: 'List the projects with their teams.',
    load: async () => (await import('./projects-list.ts')).projectsList,
  },
  {
    name: 'projects remove',
    summary: 'Remove a project that no key is for any more.',
    load: async () => (await import('./projects-remove.ts')).projectsRemove,
  },
  {
    name: 'budgets set',
    summary: 'Set how much may be spent in a day, in a month, or in all.',
    load: async () => (await import('./budgets-set.ts')).budgetsSet,
  },
  {
    name: 'budgets list',
    summary: 'List the budgets with what is spent, held and left.',
    load: async () => (await import('./budgets-list.ts')).budgetsList,
  },
  {
    name: 'budgets remove',
    summary: 'Remove a budget; what was spent stays in the ledger.',
    load: async () => (await import('./budgets-remove.ts')).budgetsRemove,
  },
  {
    name: 'limits set',
    summary: 'Set how much may be asked in a minute, and at once.',
    load: async () => (await import('./limits-set.ts')).limitsSet,
  },
  {
    name: 'limits list',
    summary: 'List the rate limits.',
    load: async () => (await import('./limits-list.ts')).limitsList,
  },
  {
    name: 'limits remove',
    summary: 'Take all rate limits of a team, project, key or everyone away.',
    load: async () => (await import('./limits-remove.ts')).limitsRemove,
  },
  {
    name: 'spend',
    summary: 'Say what was spent, by day or hour, and on what.',
    load: async () => (await import('./spend.ts')).spend,
  },
  {
    name: 'cost',
    summary: 'Price recorded usage of any vendor, bucket by bucket, without a network.',
    load: async () => (await import('./cost.ts')).cost,
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
  {
    name: 'policy check',
    summary: 'Say whether rules are right, and which of them never or always fire.',
    load: async () => (await import('./policy-check.ts')).policyCheck,
  },
  {
    name: 'policy explain',
    summary: 'Say which models may see a request, and which rule removes each other.',
    load: async () => (await import('./policy-explain.ts')).policyExplain,
  },
  {
    name: 'policy probe',
    summary: 'Run the cases that a policy brings along and say which come out otherwise.',
    load: async () => (await import('./policy-probe.ts')).policyProbe,
  },
  {
    name: 'policy replay',
    summary: 'Say what another policy would have made of the requests in the log.',
    load: async () => (await import('./policy-replay.ts')).policyReplay,
  },
  {
    name: 'approvals list',
    summary: 'List the requests that wait for a person, or were decided by one.',
    load: async () => (await import('./approvals-list.ts')).approvalsList,
  },
  {
    name: 'approvals approve',
    summary: 'Let a request that waits be answered, once.',
    load: async () => (await import('./approvals-approve.ts')).approvalsApprove,
  },
  {
    name: 'approvals deny',
    summary: 'Refuse a request that waits, and the same one for a day.',
    load: async () => (await import('./approvals-deny.ts')).approvalsDeny,
  },
  {
    name: 'requests show',
    summary: 'Say what the log knows of a request, with its content where a rule obliged to keep it.',
    load: async () => (await import('./requests-show.ts')).requestsShow,
  },
  {
    name: 'watermark detect',
    summary: 'Say whether a text carries the mark that the embedded engine writes here.',
    load: async () => (await import('./watermark-detect.ts')).watermarkDetect,
  },
  {
    name: 'privacy mask',
    summary: 'Replace personal data in a text by stand-ins that can be put back.',
    load: async () => (await import('./privacy-mask.ts')).privacyMask,
  },
  {
    name: 'privacy new-key',
    summary: 'Make a new key for stand-ins where the old one is lost.',
    load: async () => (await import('./privacy-new-key.ts')).privacyNewKey,
  },
  {
    name: 'privacy restore',
    summary: 'Put back what was masked.',
    load: async () => (await import('./privacy-restore.ts')).privacyRestore,
  },
  {
    name: 'policy who-can-reach',
    summary: 'Say under which conditions requests reach a model, trying every combination.',
    load: async () => (await import('./policy-who-can-reach.ts')).policyWhoCanReach,
  },
  {
    name: 'privacy scan',
    summary: 'Find personal data and secrets in texts, files and folders.',
    load: async () => (await import('./privacy-scan.ts')).privacyScan,
  },
  {
    name: 'privacy verify',
    summary: 'Check numbers against the published rules of their issuers.',
    load: async () => (await import('./privacy-verify.ts')).privacyVerify,
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
    const known = [...new Set(inGroup.map(({ name }) => name.split(' ')[1] ?? ''))]
    const [near] = second === undefined ? [] : nearestNames(second, known, 1)
    const wanted =
      near === undefined ? `expected ${known.join(', ')}` : `there is no \`${second}\`; did you mean ${near}?`
    throw invalid(`${first} needs to know what to do: ${wanted}`)
  }
  const [nearest] = nearestNames(
    first,
    commands.map(({ name }) => name.split(' ')[0] ?? name),
    1,
  )
  const hint = nearest === undefined ? '`musivum --help` lists the commands' : `did you mean ${nearest}?`
  throw invalid(`there is no command ${first.slice(0, 40)}; ${hint}`)
}
