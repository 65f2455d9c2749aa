import { readCertificate } from '../evaluation/read/read-certificate.ts'
import { openPublicKey } from '../evaluation/signing/ed25519-keys.ts'
import { differingFields } from '../evidence/certificate-check.ts'
import type { CertificateDocument } from '../evidence/certificate-document.ts'
import { certify } from '../evidence/certificate.ts'
import { checkSignature, type SignatureVerdict } from '../evidence/signing/signed-document.ts'
import { invalid } from '../core/errors.ts'
import { readTrial, trialHash } from './certificate-trial.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { outcomesOption } from './evidence-options.ts'
import { requiredText, textOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const certificateVerify: Command = {
  name: 'certify verify',
  summary: 'Check the signature of a certificate, and that its data give what it says.',
  operand: 'CERTIFICATE',
  options: [
    { name: 'public-key', value: 'FILE', about: 'Check the signature with this Ed25519 key.' },
    { ...outcomesOption, about: 'Test again on these outcomes; may be given several times.' },
    { name: 'scores', value: 'FILE', about: 'The router scores, when the certificate is about a threshold.' },
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum certify verify certificate.json --public-key certificates.pem.pub',
      about: 'is it as it was signed? Exit code 1 when it is not',
    },
    {
      line: 'musivum certify verify certificate.json --public-key certificates.pem.pub --outcomes outcomes.jsonl',
      about: 'also counts the vote again and runs the whole test once more',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [file, extra] = args.operands
  if (file === undefined || extra !== undefined)
    throw invalid('certify verify needs one certificate; `musivum certify verify --help` shows an example')
  if (!args.given.has('public-key') && !args.given.has('outcomes'))
    throw invalid('nothing to check it with; expected --public-key FILE, --outcomes FILE or both')
  const certificate = await readCertificate(file, terminal)
  const checked: Checked = {
    signature: await signatureOf(certificate, args, terminal),
    data: await dataOf(certificate, args, terminal),
  }
  const verified = isFine(checked)
  writeReport(args, terminal, {
    json: () => documentOf(certificate, checked, verified),
    text: () => sentences(certificate, checked, verified),
  })
  return verified ? EXIT.ok : EXIT.negative
}

type Checked = {
  readonly signature: SignatureVerdict | 'not-checked'
  readonly data: DataVerdict | 'not-checked'
}

/** `differing`: fields of the certificate that a second run over the outcomes does not give. */
type DataVerdict = { readonly sameHash: boolean; readonly differing: readonly string[] }

function isFine({ signature, data }: Checked): boolean {
  const signed = signature === 'good' || signature === 'not-checked'
  return signed && (data === 'not-checked' || (data.sameHash && data.differing.length === 0))
}

async function signatureOf(
  certificate: CertificateDocument,
  args: Arguments,
  terminal: Terminal,
): Promise<Checked['signature']> {
  const file = textOption(args, 'public-key')
  return file === undefined
    ? 'not-checked'
    : checkSignature(certificate, await openPublicKey(file, terminal.cwd))
}

async function dataOf(
  certificate: CertificateDocument,
  args: Arguments,
  terminal: Terminal,
): Promise<Checked['data']> {
  if (!args.given.has('outcomes')) return 'not-checked'
  const { plan, task, epsilon, delta, seed, method } = certificate
  const members = plan.members ?? undefined
  const sides = {
    reference: plan.reference,
    cheap: plan.cheap,
    members,
    scores: members === undefined ? requiredText(certificateVerify, args, 'scores') : undefined,
  }
  const trial = await readTrial(certificateVerify, args, sides, task, terminal)
  const again = certify({ ...trial, ...sides, scores: trial.scores, epsilon, delta, seed, method })
  return {
    sameHash: certificate.data_sha256 === trialHash(trial),
    differing: differingFields(certificate, again.certificate),
  }
}

function documentOf(certificate: CertificateDocument, { signature, data }: Checked, verified: boolean) {
  return {
    verified,
    signature,
    key_id: certificate.signature?.key_id ?? null,
    data: data === 'not-checked' ? data : data.sameHash ? 'same' : 'other',
    differing: data === 'not-checked' ? null : data.differing,
    claim: certificate.claim,
    issued_at: certificate.issued_at,
  }
}

function sentences(
  certificate: CertificateDocument,
  { signature, data }: Checked,
  verified: boolean,
): string {
  const found = [signatureSentence(signature, certificate), ...dataSentences(data, certificate)]
  const left = [
    ...(signature === 'not-checked' ? ['the signature'] : []),
    ...(data === 'not-checked' ? ['whether the outcomes give what it says'] : []),
    // `certify --json` prints figures around it, which nobody signed.
    'figures that stand around the certificate in the same file',
    'whether one of the reasons has come true for which it is void',
  ]
  return [
    `${verified ? 'Verified' : 'NOT verified'}. ${found.filter((each) => each !== '').join(' ')}`,
    `Not checked: ${left.join('; ')}.`,
    `It says: ${certificate.claim}`,
  ].join('\n')
}

function signatureSentence(
  signature: Checked['signature'],
  { signature: stated }: CertificateDocument,
): string {
  const key = stated?.key_id ?? ''
  switch (signature) {
    case 'good':
      return `The signature of key ${key} is good: nothing was changed since.`
    case 'bad':
      return `The signature of key ${key} does not fit: the certificate was changed after it was signed, or forged.`
    case 'other-key':
      return `It says that it was signed with key ${key}, which is not the one given.`
    case 'missing':
      return 'It is not signed.'
    case 'not-checked':
      return ''
    default:
      return signature satisfies never
  }
}

function dataSentences(data: Checked['data'], { n }: CertificateDocument): readonly string[] {
  if (data === 'not-checked') return []
  if (!data.sameHash) return ['The outcomes are not the ones that it was made from: their hash is another.']
  if (data.differing.length > 0)
    return [`The outcomes are the same, but do not give what it says: ${data.differing.join(', ')}.`]
  return [`The ${n} items have the hash that it states, and the test run again on them ends the same.`]
}
