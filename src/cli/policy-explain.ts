import { NOT_LEGAL_ADVICE } from '../catalog/licences/licence-check.ts'
import type { Model } from '../catalog/model.ts'
import { invalid } from '../core/errors.ts'
import { judgeCandidates, type Judged } from '../policy/permit.ts'
import { requestFacts } from '../policy/facts/request-values.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { readText } from '../evaluation/read/read-document.ts'
import { configOption, homeOption } from './gateway-settings.ts'
import { policyOption } from './policy-options.ts'
import { readStatedRequest, type StatedRequest } from './policy-request.ts'
import { openPolicyWorld, type PolicyWorld } from './policy-world.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const policyExplain: Command = {
  name: 'policy explain',
  summary: 'Say which models may see a request, and which rule removes each other.',
  operand: 'REQUEST.json',
  options: [policyOption, configOption, homeOption, jsonOption],
  examples: [
    {
      line: 'musivum policy explain request.json --policy hospital',
      about: 'the body of a request in any protocol, against a preset and the configured models',
    },
    {
      line: 'musivum policy explain request.json --json',
      about:
        'or with who asks and what was found: {"request": …, "principal": {"team": "a"}, "labels": ["health"]}',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [file, extra] = args.operands
  if (file === undefined || extra !== undefined)
    throw invalid('policy explain needs one file; `musivum policy explain --help` shows an example')
  const text = file === '-' ? await terminal.input.read() : await readText(file, terminal.cwd)
  const request = readStatedRequest(text, file)
  const world = await openPolicyWorld(args, terminal)
  const candidates = candidatesFor(request, world, terminal)
  const { policy } = world
  const judged = judgeCandidates(policy, request.principal, request.labels, candidates, request.circumstances)
  writeReport(args, terminal, {
    json: () => documentOf(request, judged, policy),
    text: () => sentences(request, judged, policy),
  })
  return EXIT.ok
}

/** What the gateway would ask its rules about: the model that is named with its fallbacks, else every model. */
function candidatesFor(
  { model }: StatedRequest,
  { models }: PolicyWorld,
  terminal: Terminal,
): readonly Model[] {
  if (model === undefined) return models
  const named = models.find(({ name }) => name === model)
  if (named === undefined) {
    terminal.note(
      'the model of the request is not configured; every configured model is a candidate',
      'yellow',
    )
    return models
  }
  const fallbacks = (named.fallbacks ?? []).flatMap(
    (each) => models.find(({ name }) => name === each.model) ?? [],
  )
  return [named, ...fallbacks]
}

type Policy = PolicyWorld['policy']

function documentOf({ labels, circumstances }: StatedRequest, judged: readonly Judged[], policy: Policy) {
  const { labels: found, sensitivity, languages, names_covered } = requestFacts(labels, circumstances)
  return {
    labels: found ?? null,
    sensitivity: sensitivity ?? null,
    languages: languages ?? null,
    names_covered: names_covered ?? null,
    candidates: judged.map((each) => candidateOf(each, policy)),
    policy: policy.name,
    policy_hash: policy.hash,
    ...(readsLicences(policy) && { notice: NOT_LEGAL_ADVICE }),
  }
}

function readsLicences({ rules }: Policy): boolean {
  const conditions = rules.flatMap(({ guard, when }) => (guard === undefined ? [when] : [guard, when]))
  return conditions.some(({ mentions }) => mentions.some(({ name }) => name.startsWith('model.licence.')))
}

function candidateOf({ model, verdict }: Judged, { fulfils }: Policy) {
  if (verdict.kind === 'removed') {
    const { rule, reason, at } = verdict
    return { model, permitted: false, removed_by: { rule, reason, at }, obligations: [] }
  }
  const { obligations } = verdict
  const undone = obligations.filter((each) => !fulfils.has(each))
  return {
    model,
    permitted: true,
    removed_by: null,
    obligations,
    // The gateway does not ask a model under a duty that nobody does.
    ...(undone.length > 0 && { not_done_here: undone }),
  }
}

function sentences({ labels }: StatedRequest, judged: readonly Judged[], policy: Policy): string {
  const rows = judged.map(({ model, verdict }) =>
    verdict.kind === 'removed'
      ? [model, 'removed', `${verdict.at} ${verdict.rule}: ${verdict.reason}`]
      : [model, 'permitted', dutiesOf(verdict.obligations, policy)],
  )
  return [
    labelLine(labels),
    table([['MODEL', 'VERDICT', 'WHY, OR UNDER WHICH DUTIES'], ...rows]),
    `Policy ${policy.name}, hash ${policy.hash}.`,
    ...(readsLicences(policy) ? [NOT_LEGAL_ADVICE] : []),
  ].join('\n')
}

function dutiesOf(obligations: readonly string[], { fulfils }: Policy): string {
  if (obligations.length === 0) return '-'
  const undone = obligations.filter((each) => !(fulfils as ReadonlySet<string>).has(each))
  const refused = undone.length === 0 ? '' : ` (not done here, so the gateway refuses: ${undone.join(', ')})`
  return `${obligations.join(', ')}${refused}`
}

function labelLine(labels: StatedRequest['labels']): string {
  if (!labels.examined) return 'Nobody has looked into the request: what it holds is not known.'
  const found = [...labels.kinds, ...labels.entities]
  const what = found.length === 0 ? 'nothing' : found.join(', ')
  const names = labels.names === 'covered' ? '' : '; nobody looked for names'
  return `Found: ${what}; sensitivity ${labels.sensitivity}${names}.`
}
