import { statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { invalid, MusivumError } from '../core/errors.ts'
import { readText } from '../evaluation/read/read-document.ts'
import { systemClock } from '../gateway/system-ports.ts'
import type { Manifest } from '../weights/manifest.ts'
import type { BaseComparison } from '../weights/provenance/compare-with-base.ts'
import {
  checkShelfSignatures,
  proveModel,
  recordProof,
  shelfSignatures,
  trustsFor,
  type ProvenModel,
} from '../weights/provenance/prove-model.ts'
import { templateAgainstBase, type TemplateAgainstBase } from '../weights/provenance/template-against-base.ts'
import { pullAgain } from '../weights/pull-again.ts'
import { readShelf } from '../weights/read-shelf.ts'
import { shelfOf, type Shelf } from '../weights/shelf.ts'
import { checkSignature, type NamedTrust, type SignatureFinding } from '../weights/signing/check-signature.ts'
import { filesOfFolder } from '../weights/signing/model-folder.ts'
import { SIGNATURE_NAME } from '../weights/signing/signature-bundle.ts'
import { trustedMakers, type TrustedMaker } from '../weights/signing/trusted-makers.ts'
import { verifyModel, type VerifiedFile } from '../weights/verify-shelf.ts'
import { gatewaySettings, homeOption } from './gateway-settings.ts'
import { textOption } from './parse-arguments.ts'
import { pullLine } from './pull-line.ts'
import { bytes } from './quantities.ts'
import { givenTrust, trustOptions } from './signature-options.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const modelsVerify: Command = {
  name: 'models verify',
  summary: 'Read pulled weights again and compare every hash.',
  operand: '[NAME…|FOLDER]',
  options: [
    {
      name: 'signature',
      value: 'FILE',
      about: 'The signature to check. Default: that of `models sign`, or the model.sig that came along.',
    },
    ...trustOptions,
    homeOption,
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum models verify',
      about: 'everything that was pulled; exit code 1 when something differs',
    },
    { line: 'musivum models verify qwen3-8b-q4_k_m --json', about: 'one model, every file' },
    { line: 'musivum models verify ./my-model --key models.pem.pub', about: 'a folder, by its signature' },
  ],
  run,
}

type Row = {
  readonly name: string
  readonly ok: boolean
  readonly size_bytes: number | null
  /** The first thing that differs, with what to do. */
  readonly problem: string | null
  readonly files: readonly VerifiedFile[]
  /** Null: there is none. */
  readonly signature: SignatureFinding | null
  readonly provenance: Manifest['provenance'] | null
  /** What is declared and what the build says about it. */
  readonly bases: readonly BaseComparison[]
  /** Its chat template beside that of what it was made from; null where that one is not here. */
  readonly template: TemplateAgainstBase | null
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const rows = await rowsOf(args, terminal)
  terminal.progress?.('')
  writeReport(args, terminal, {
    json: () => ({ models: rows }),
    text: () => (rows.length === 0 ? 'nothing was pulled yet' : rows.map(words).join('\n')),
  })
  return rows.every(({ ok }) => ok) ? EXIT.ok : EXIT.negative
}

type Job = {
  readonly shelf: Shelf
  readonly terminal: Terminal
  readonly makers: readonly TrustedMaker[]
  /** As the command line says; undefined: makers.yaml is asked, and an unknown signer is no failure. */
  readonly trust: NamedTrust | undefined
  readonly given: { readonly name: string; readonly text: string } | undefined
  readonly now: Date
}

async function rowsOf(args: Arguments, terminal: Terminal): Promise<readonly Row[]> {
  const { operands } = args
  const job = await jobOf(args, terminal)
  const { manifests, problems } = readShelf(job.shelf)
  const known = [...manifests, ...problems].map(({ name }) => name)
  const [unknown] = operands.filter((name) => !known.includes(name))
  if (unknown !== undefined && operands.length === 1 && isFolder(resolve(terminal.cwd, unknown)))
    return [await folderRow(unknown, job)]
  if (unknown !== undefined)
    throw invalid(`there is no ${unknown.slice(0, 80)} on the shelf; \`musivum models list\` says what is`)
  const wanted = (name: string): boolean => operands.length === 0 || operands.includes(name)
  const rows: Row[] = problems.filter(({ name }) => wanted(name)).map(({ name, line }) => broken(name, line))
  for (const manifest of manifests.filter(({ name }) => wanted(name)))
    rows.push(await shelfRow(manifest, job))
  return rows.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

async function jobOf(args: Arguments, terminal: Terminal): Promise<Job> {
  const { home } = gatewaySettings(args, terminal)
  const file = textOption(args, 'signature')
  if (file !== undefined && args.operands.length !== 1)
    throw invalid('--signature is that of one model; name it: models verify NAME --signature FILE')
  return {
    shelf: shelfOf(home),
    terminal,
    makers: trustedMakers(home),
    trust: await givenTrust(args, terminal),
    given:
      file === undefined ? undefined : { name: basename(file), text: await readText(file, terminal.cwd) },
    now: new Date(systemClock.now()),
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

async function shelfRow(manifest: Manifest, job: Job): Promise<Row> {
  const { shelf, terminal } = job
  const { name } = manifest
  const files = await verifyModel(shelf, manifest, {
    signal: terminal.signal,
    onProgress: (file, done, total) =>
      terminal.progress?.(`${name}: ${pullLine(file, { bytes: done, total, perSecond: 0 })}`),
  })
  const size = files.reduce((sum, file) => sum + file.bytes, 0)
  const wrong = files.find(({ problem }) => problem !== null)
  const row = { name, size_bytes: size, files }
  if (wrong !== undefined) {
    const problem = `${wrong.name}: ${wrong.problem}; ${pullAgain(manifest)} mends it: what is whole stays`
    return { ...row, ok: false, problem, signature: null, provenance: null, bases: [], template: null }
  }
  const proven = await proveModel(shelf, manifest, job)
  await record(manifest, proven, job)
  const signature = await signatureFor(manifest, proven.signature, job)
  const problem = signatureProblem(signature, job)
  const { provenance } = proven.manifest
  const template = await templateAgainstBase(shelf, manifest)
  return { ...row, ok: problem === null, problem, signature, provenance, bases: proven.bases, template }
}

/** What was found is true where the shelf may only be read, too. */
async function record(manifest: Manifest, proven: ProvenModel, { shelf, terminal }: Job): Promise<void> {
  try {
    await recordProof(shelf, manifest, proven, terminal.signal)
  } catch (thrown) {
    if (!(thrown instanceof MusivumError) || thrown.code !== 'store.unavailable') throw thrown
    terminal.note(`${manifest.name}: what was found is not recorded; ${thrown.message}`, 'dim')
  }
}

/** Those on the shelf were checked against makers.yaml; what the command line says comes first. */
async function signatureFor(
  manifest: Manifest,
  found: SignatureFinding | null,
  { shelf, trust, given, makers, now }: Job,
): Promise<SignatureFinding | null> {
  if (trust === undefined && given === undefined) return found
  const texts = given === undefined ? await shelfSignatures(shelf, manifest) : [given]
  const trusts = trust === undefined ? trustsFor(manifest.source, makers) : [trust]
  return checkShelfSignatures(manifest, texts, { trusts, now })
}

async function folderRow(folder: string, { terminal, makers, trust, given, now }: Job): Promise<Row> {
  const path = resolve(terminal.cwd, folder)
  const name = basename(path)
  const row = { name, size_bytes: null, files: [], provenance: null, bases: [], template: null }
  const own = given ?? {
    name: SIGNATURE_NAME,
    text: await readText(join(folder, SIGNATURE_NAME), terminal.cwd),
  }
  const files = await filesOfFolder(path, [own.name, SIGNATURE_NAME], { signal: terminal.signal })
  const signature = checkSignature({
    text: own.text,
    files,
    signatureName: own.name,
    mayBeAbsent: () => false,
    trusts: trust === undefined ? trustsFor('', makers) : [trust],
    now,
  })
  // A folder has no list of hashes but its signature: nobody's signature is no list.
  const problem = signature.state === 'trusted' ? null : (signature.problems[0] ?? 'nobody signed it')
  return { ...row, ok: problem === null, problem, signature }
}

function signatureProblem(signature: SignatureFinding | null, { trust, given }: Job): string | null {
  const asked = trust !== undefined || given !== undefined
  if (signature === null) return asked ? 'there is no signature; --signature FILE names one' : null
  const fails = signature.state === 'broken' || (asked && signature.state !== 'trusted')
  return fails ? (signature.problems[0] ?? 'its signature does not hold') : null
}

function broken(name: string, problem: string): Row {
  return {
    name,
    ok: false,
    size_bytes: null,
    problem,
    files: [],
    signature: null,
    provenance: null,
    bases: [],
    template: null,
  }
}

function words({ name, ok, size_bytes, problem, files, signature, bases, template }: Row): string {
  if (!ok) return `${name}: ${signature === null ? 'DIFFERS' : 'NOT PROVEN'}: ${problem}`
  const size =
    size_bytes === null
      ? ''
      : `, ${bytes(size_bytes)} in ${files.length} ${files.length === 1 ? 'file' : 'files'}`
  const contradicted = bases.filter(({ verdict }) => verdict === 'differs')
  return [
    `${name}: whole${size}${signature === null ? '' : `, ${signatureWords(signature)}`}`,
    ...contradicted.map(
      ({ base, why }) => `  not built like ${base}, which it is said to be made from: ${why}`,
    ),
    ...(template?.verdict === 'differs' ? [templateWords(name, template)] : []),
  ].join('\n')
}

function templateWords(name: string, { base, diff }: TemplateAgainstBase): string {
  const flagged = diff?.flags.length ?? 0
  const look = flagged === 0 ? '' : `, ${flagged} of the new ones to look at before you trust it`
  return `  another chat template than ${base}${look}: musivum models inspect ${name}`
}

function signatureWords({ state, signer, problems, signed_files, absent_files }: SignatureFinding): string {
  if (signer === null)
    return `${state === 'unreadable' ? 'its signature is not read here' : 'signed by nobody you trust'} (${problems[0] ?? ''})`
  const { kind, who, name, at } = signer
  const shown = kind === 'key' ? `key ${who.slice(0, 12)}…` : who
  const by = `${name === null ? shown : `${name} (${shown})`}${at === null ? '' : ` on ${at.slice(0, 10)}`}`
  const rest =
    absent_files === 0 ? '' : `, with ${signed_files + absent_files} files, ${absent_files} of them not here`
  return `signed by ${by}${rest}`
}
