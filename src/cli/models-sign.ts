import { stat, writeFile } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { invalid, MusivumError } from '../core/errors.ts'
import { readText } from '../evaluation/read/read-document.ts'
import { refuseReadableKey } from '../store/key-files.ts'
import { keepSignature } from '../weights/own-signature.ts'
import { readManifest } from '../weights/read-shelf.ts'
import { isShelfName, shelfOf, type Shelf } from '../weights/shelf.ts'
import { filesOfFolder } from '../weights/signing/model-folder.ts'
import { signModel, type ModelToSign } from '../weights/signing/sign-model.ts'
import { SIGNATURE_NAME } from '../weights/signing/signature-bundle.ts'
import { keyHint, readSigningKey } from '../weights/signing/signing-keys.ts'
import { readCertificates } from '../weights/signing/trusted-makers.ts'
import { verifyModel } from '../weights/verify-shelf.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { gatewaySettings, homeOption } from './gateway-settings.ts'
import { requiredText, textOption } from './parse-arguments.ts'
import { bytes } from './quantities.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const modelsSign: Command = {
  name: 'models sign',
  summary: 'Sign the files of a model, so that others can check that they are yours and unchanged.',
  operand: 'NAME|FOLDER',
  options: [
    { name: 'key', value: 'FILE', about: 'The private key; `musivum models keygen` makes one.' },
    {
      name: 'certificate',
      value: 'FILE',
      about:
        'The certificate of the key and those that it leads to, as PEM; without it the key speaks for itself.',
    },
    {
      name: 'out',
      value: 'FILE',
      about:
        'Where the signature goes. Default: model.sig in the folder; of a pulled model, beside its manifest.',
    },
    homeOption,
    jsonOption,
  ],
  examples: [
    { line: 'musivum models sign qwen3-8b-q4_k_m --key models.pem', about: 'a pulled model' },
    { line: 'musivum models sign ./my-model --key models.pem', about: 'every file of a folder' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const keyFile = requiredText(modelsSign, args, 'key')
  const key = readSigningKey(await readText(keyFile, terminal.cwd), keyFile)
  await refuseReadableKey(keyFile, terminal.cwd)
  const certificates = textOption(args, 'certificate')
  const chain =
    certificates === undefined
      ? []
      : readCertificates(await readText(certificates, terminal.cwd), certificates)
  const model = await modelToSign(args, terminal)
  terminal.progress?.('')
  const text = signModel(model, key, chain)
  const out = textOption(args, 'out') ?? model.place
  if (out === undefined) await keepSignature(model.shelf, model.model, text)
  else await write(resolve(terminal.cwd, out), out, text)
  const shown = { model: model.model, files: model.files, key_id: keyHint(key), signature: out ?? null }
  const by = `with the key ${shown.key_id.slice(0, 12)}…, ${filesWords(model)}`
  writeReport(args, terminal, {
    json: () => ({ models: [shown] }),
    text: () =>
      out === undefined
        ? `${model.model}: signed ${by}; kept beside its manifest, and --out FILE writes it for others`
        : `${model.model}: signed into ${out} ${by}`,
  })
  return EXIT.ok
}

function filesWords({ files }: Subject): string {
  return files.length === 1 ? '1 file' : `${files.length} files`
}

type Subject = ModelToSign & {
  readonly shelf: Shelf
  /** Where its signature lies; undefined: on the shelf, not where a pull of another file would find it. */
  readonly place: string | undefined
}

/** What was pulled under this name, else a folder. */
async function modelToSign(args: Arguments, terminal: Terminal): Promise<Subject> {
  const [operand, extra] = args.operands
  if (operand === undefined || extra !== undefined)
    throw invalid('models sign takes one NAME of a pulled model, or one FOLDER')
  const shelf = shelfOf(gatewaySettings(args, terminal).home)
  const manifest = isShelfName(operand) ? readManifest(shelf, operand) : undefined
  if (manifest === undefined)
    return { shelf, ...(await folderToSign(operand, textOption(args, 'out'), terminal)) }
  const files = await verifyModel(shelf, manifest, {
    signal: terminal.signal,
    onProgress: (file, done) => terminal.progress?.(`${file}: ${bytes(done)} read`),
  })
  const wrong = files.find(({ problem }) => problem !== null)
  if (wrong !== undefined)
    throw invalid(`${operand}, ${wrong.name}: ${wrong.problem}; only what is whole is signed`)
  // The signature of its maker stays what it is; ours is over the rest.
  const own = files.filter(({ role }) => role !== 'signature').map(({ name, sha256 }) => ({ name, sha256 }))
  return { model: manifest.name, files: own, ignored: [SIGNATURE_NAME], shelf, place: undefined }
}

async function folderToSign(
  operand: string,
  out: string | undefined,
  terminal: Terminal,
): Promise<Omit<Subject, 'shelf'>> {
  const folder = resolve(terminal.cwd, operand)
  const isFolder = (await stat(folder).catch(() => null))?.isDirectory() ?? false
  if (!isFolder)
    throw invalid(
      `there is no ${operand.slice(0, 80)} on the shelf and no such folder; \`musivum models list\` says what is`,
    )
  const place = join(operand, SIGNATURE_NAME)
  const inside = relative(folder, resolve(terminal.cwd, out ?? place)).replaceAll('\\', '/')
  const ignored =
    inside.startsWith('../') || inside === SIGNATURE_NAME ? [SIGNATURE_NAME] : [SIGNATURE_NAME, inside]
  const files = await filesOfFolder(folder, ignored, { signal: terminal.signal })
  return { model: basename(folder), files, ignored, place }
}

async function write(path: string, shown: string, text: string): Promise<void> {
  try {
    await writeFile(path, text)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new MusivumError('request.invalid', `${shown}: it cannot be written (${code})`, {}, { cause })
  }
}
