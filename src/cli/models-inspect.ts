import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { GgufHeader } from '../catalog/gguf/header.ts'
import { headerReport } from '../catalog/gguf/header-report.ts'
import { findLicence } from '../catalog/licences/find-licence.ts'
import { invalid } from '../core/errors.ts'
import type { Manifest } from '../weights/manifest.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { gatewaySettings, homeOption } from './gateway-settings.ts'
import { inspectText, type InspectReport } from './models-inspect-text.ts'
import { hasSwitch } from './parse-arguments.ts'
import { bytes } from './quantities.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const modelsInspect: Command = {
  name: 'models inspect',
  summary: 'Say what is in a weights file: tensors, tokenizer, template, licence.',
  operand: 'FILE|NAME',
  options: [
    { name: 'no-hash', about: 'Read the header only; the sha256 of a large file takes minutes.' },
    homeOption,
    jsonOption,
  ],
  examples: [
    { line: 'musivum models inspect model.gguf', about: 'a page for people' },
    { line: 'musivum models inspect qwen3-8b-q4_k_m', about: 'a pulled model, with where it came from' },
    { line: 'musivum models inspect model.gguf --no-hash --json', about: 'every tensor, as one document' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const { file, path, header, manifest } = await subjectOf(args, terminal)
  const facts = headerReport(header)
  const hashed = path !== undefined && !hasSwitch(args, 'no-hash')
  const report: InspectReport = {
    file,
    bytes: header.fileBytes,
    sha256: hashed ? await sha256Of(path, header.fileBytes, terminal) : null,
    licence_record: findLicence(facts.licence.id ?? '')?.id ?? null,
    ...facts,
    ...(manifest !== undefined && { manifest }),
  }
  writeReport(args, terminal, { json: () => report, text: () => inspectText(report) })
  return EXIT.ok
}

type Subject = {
  readonly file: string
  readonly header: GgufHeader
  /** Absent for a model in several files: no one hash is that of the model. */
  readonly path?: string
  readonly manifest?: Manifest
}

/** A file that is there comes first, then what was pulled under that name. */
async function subjectOf(args: Arguments, terminal: Terminal): Promise<Subject> {
  const operand = fileOf(args)
  const path = resolve(terminal.cwd, operand)
  if (!operand.endsWith('.gguf') && !existsSync(path)) {
    const { shelfModel } = await import('./shelf-model.ts')
    const pulled = await shelfModel(gatewaySettings(args, terminal).home, operand)
    if (pulled !== undefined) return { file: pulled.manifest.name, ...pulled }
  }
  const { readAnyGgufHeader } = await import('../engines/llama/gguf.ts')
  return { file: basename(path), path, header: await readAnyGgufHeader(path) }
}

function fileOf({ operands }: Arguments): string {
  const [file, extra] = operands
  if (file === undefined)
    throw invalid('models inspect needs a FILE, such as model.gguf, or the NAME of a pulled model')
  if (extra !== undefined)
    throw invalid(`models inspect takes one FILE or NAME, but "${extra}" was given too`)
  return file
}

async function sha256Of(path: string, size: number, terminal: Terminal): Promise<string> {
  const hash = createHash('sha256')
  let read = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024, signal: terminal.signal })) {
    hash.update(chunk as Buffer)
    read += (chunk as Buffer).length
    terminal.progress?.(`sha256 of ${bytes(read)} of ${bytes(size)}`)
  }
  terminal.progress?.('')
  return hash.digest('hex')
}
