import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename, resolve } from 'node:path'
import { headerReport } from '../catalog/gguf/header-report.ts'
import { findLicence } from '../catalog/licences/find-licence.ts'
import { invalid } from '../core/errors.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { inspectText, type InspectReport } from './models-inspect-text.ts'
import { hasSwitch } from './parse-arguments.ts'
import { bytes } from './quantities.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const modelsInspect: Command = {
  name: 'models inspect',
  summary: 'Say what is in a weights file: tensors, tokenizer, template, licence.',
  operand: 'FILE',
  options: [
    { name: 'no-hash', about: 'Read the header only; the sha256 of a large file takes minutes.' },
    jsonOption,
  ],
  examples: [
    { line: 'musivum models inspect model.gguf', about: 'a page for people' },
    { line: 'musivum models inspect model.gguf --no-hash --json', about: 'every tensor, as one document' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const path = resolve(terminal.cwd, fileOf(args))
  const { readAnyGgufHeader } = await import('../engines/llama/gguf.ts')
  const header = await readAnyGgufHeader(path)
  const facts = headerReport(header)
  const report: InspectReport = {
    file: basename(path),
    bytes: header.fileBytes,
    sha256: hasSwitch(args, 'no-hash') ? null : await sha256Of(path, header.fileBytes, terminal),
    licence_record: findLicence(facts.licence.id ?? '')?.id ?? null,
    ...facts,
  }
  writeReport(args, terminal, { json: () => report, text: () => inspectText(report) })
  return EXIT.ok
}

function fileOf({ operands }: Arguments): string {
  const [file, extra] = operands
  if (file === undefined) throw invalid('models inspect needs a FILE, such as model.gguf')
  if (extra !== undefined) throw invalid(`models inspect takes one FILE, but "${extra}" was given too`)
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
