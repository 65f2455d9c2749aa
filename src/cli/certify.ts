import {
  certificationJson,
  certify as certifyThreshold,
  type CertificateRequest,
  type Certification,
} from '../evidence/certificate.ts'
import { invalid } from '../core/errors.ts'
import { openSigningKey } from '../evaluation/signing/ed25519-keys.ts'
import { signDocument } from '../evidence/signing/signed-document.ts'
import { systemClock } from '../gateway/system-ports.ts'
import { plannedCertificate } from './certificate-planned.ts'
import { readTrial, trialHash, type Trial, type TrialSides } from './certificate-trial.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { outcomesOption, seedOf, seedOption, taskOption } from './evidence-options.ts'
import { memberNames } from './member-names.ts'
import { missingLine } from './outcome-views.ts'
import { choiceOption, hasSwitch, numberOption, requiredText, textOption } from './parse-arguments.ts'
import { percent } from './shown-shares.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

const METHODS = ['betting', 'clopper-pearson'] as const

export const certify: Command = {
  name: 'certify',
  summary: 'Prove how much may be left to a cheap model before quality suffers.',
  options: [
    outcomesOption,
    { name: 'reference', value: 'MODEL', about: 'The model whose quality is to be kept.' },
    { name: 'cheap', value: 'MODEL', about: 'The model that answers below the threshold; with --scores.' },
    {
      name: 'scores',
      value: 'FILE',
      about: 'Lines of {"item","score"}: items with a high score go to the reference.',
    },
    {
      name: 'members',
      value: 'A,B,C',
      about: 'Instead of --cheap and --scores: a vote, scored by the share of members that disagree.',
    },
    { name: 'epsilon', value: 'SHARE', about: 'The loss that is accepted; 0.05 unless given.' },
    { name: 'delta', value: 'SHARE', about: 'The chance of a wrong certificate; 0.05 unless given.' },
    {
      name: 'method',
      value: METHODS.join('|'),
      about: 'betting unless given; the other is for 0 and 1 only.',
    },
    {
      name: 'plan',
      about: 'Say how many pairs a certificate would need, from a pilot in --outcomes or without any.',
    },
    {
      name: 'key',
      value: 'FILE',
      about: 'Sign the certificate with this Ed25519 key; else MUSIVUM_SIGNING_KEY_FILE, if set.',
    },
    taskOption,
    seedOption,
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum certify --outcomes outcomes.jsonl --task triage --reference l --cheap s1 --scores scores.jsonl',
      about: 'the largest share that s1 may answer with at most 5 points lost, proven at 95 %',
    },
    {
      line: 'musivum certify --outcomes outcomes.jsonl --task triage --reference l --members s1,s2,s3 --epsilon 0.03 --json',
      about: 'the same for a vote of three that goes to l when they disagree, as a document to keep',
    },
    {
      line: 'musivum certify --plan --epsilon 0.03',
      about: 'before anything is spent: how many pairs that would take',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const risk = riskOf(args)
  const planned = hasSwitch(args, 'plan')
  if (planned && !args.given.has('outcomes')) {
    writeReport(args, terminal, plannedCertificate(risk, undefined))
    return EXIT.ok
  }
  const sides = sidesOf(args)
  // Before an hour of outcomes is read for a signature that cannot be made.
  const keyFile = textOption(args, 'key') ?? terminal.env['MUSIVUM_SIGNING_KEY_FILE']
  const signer = keyFile && !planned ? await openSigningKey(keyFile, terminal.cwd) : undefined
  const trial = await readTrial(certify, args, sides, textOption(args, 'task'), terminal)
  const request: CertificateRequest = {
    ...trial,
    ...risk,
    reference: sides.reference,
    cheap: sides.cheap,
    members: sides.members,
    dataSha256: trialHash(trial),
    issuedAt: new Date(systemClock.now()).toISOString(),
  }
  if (planned) writeReport(args, terminal, plannedCertificate(risk, request))
  else {
    const plain = certifyThreshold(request)
    const certification = signer ? { ...plain, certificate: signDocument(plain.certificate, signer) } : plain
    writeReport(args, terminal, {
      json: () => ({ ...certificationJson(certification), missing: trial.missing }),
      text: () => paragraph(certification, trial),
    })
  }
  return EXIT.ok
}

type Risk = Required<Pick<CertificateRequest, 'epsilon' | 'delta' | 'seed' | 'method'>>

const LEAST = 0.0001
const MOST = 0.9999

function riskOf(args: Arguments): Risk {
  return {
    epsilon: numberOption(args, 'epsilon', LEAST, MOST) ?? 0.05,
    delta: numberOption(args, 'delta', LEAST, MOST) ?? 0.05,
    seed: seedOf(args),
    method: choiceOption(args, 'method', METHODS) ?? 'betting',
  }
}

function sidesOf(args: Arguments): TrialSides {
  const reference = requiredText(certify, args, 'reference')
  const text = textOption(args, 'members')
  const members = text === undefined ? undefined : memberNames(text)
  const both = ['cheap', 'scores'].find((name) => members !== undefined && args.given.has(name))
  if (both !== undefined)
    throw invalid(`--members and --${both} exclude each other; expected one of the two ways`)
  const cheap = members === undefined ? requiredText(certify, args, 'cheap') : `vote of ${members.join(', ')}`
  if ((members ?? [cheap]).includes(reference))
    throw invalid(`"${reference}" is the reference and on the cheap side too; expected other models there`)
  const scores = members === undefined ? requiredText(certify, args, 'scores') : undefined
  return { reference, cheap, members, scores }
}

function paragraph(certification: Certification, { missing }: Trial): string {
  const { certified, threshold, certificate } = certification
  const steps = certificate.test_path.map((step) => [
    step.threshold.toPrecision(6),
    percent(step.strong_share),
    percent(step.mean_loss),
    step.passed ? 'passed' : 'stopped here',
  ])
  return [
    `${certified ? 'Certified' : 'Not certified'}. ${certificate.claim}`,
    table([['THRESHOLD', 'TO REFERENCE %', 'LOSS, POINTS', 'TEST'], ...steps]).replace(/^/gm, '  '),
    ...(threshold === null
      ? []
      : [`Items with a score of ${threshold} or more go to ${certificate.reference}.`]),
    ...nextLines(certification),
    ...[missingLine(missing)].filter((line) => line !== undefined),
    ...(certificate.signature ? [`Signed with key ${certificate.signature.key_id}.`] : []),
    'It is void if',
    ...certificate.void_if.map((reason) => `  - ${reason}`),
  ].join('\n')
}

/** What it would take to come one threshold further. */
function nextLines({ next, n, epsilon }: Certification): readonly string[] {
  if (next === null) return []
  const goal = `${percent(next.strongShare)} % to the reference`
  if (next.pairs === null)
    return [
      `For ${goal} more items would be of no help: the loss seen there is not below ${percent(epsilon)} points.`,
    ]
  const more = next.pairs - n
  return [
    more > 0
      ? `For ${goal} it would take about ${more} more pairs, if they are like these.`
      : `For ${goal} this many pairs pass more often than not, if they are like these; these did not.`,
  ]
}
