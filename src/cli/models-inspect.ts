import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { textOf, type GgufHeader } from '../catalog/gguf/header.ts'
import { headerReport, type HeaderReport } from '../catalog/gguf/header-report.ts'
import { findLicence } from '../catalog/licences/find-licence.ts'
import { invalid } from '../core/errors.ts'
import { useOf } from '../engines/llama/weights-use.ts'
import type { Manifest } from '../weights/manifest.ts'
import { templateWith } from '../weights/manifest-facts.ts'
import type { TemplateAgainstBase } from '../weights/provenance/template-against-base.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { gatewaySettings, homeOption } from './gateway-settings.ts'
import { subjectOf, type Subject } from './models-inspect-subject.ts'
import { inspectTensors } from './models-inspect-tensors.ts'
import { inspectText, type InspectReport } from './models-inspect-text.ts'
import { inspectTokenizer } from './models-inspect-tokenizer.ts'
import { hasSwitch } from './parse-arguments.ts'
import { bytes } from './quantities.ts'
import { templateProblem } from './template-problem.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const modelsInspect: Command = {
  name: 'models inspect',
  summary: 'Say what is in a weights file: tensors, tokenizer, template, licence.',
  operand: 'FILE|NAME',
  options: [
    { name: 'no-hash', about: 'Leave the sha256 out; that of a large file takes minutes.' },
    {
      name: 'tensors',
      about: 'Read every value: least, greatest, mean, spread, zeros, NaN and infinities of each tensor.',
    },
    {
      name: 'tokenizer',
      about: 'Cut sample sentences in English, Hindi, Marathi and Arabic; needs the embedded engine.',
    },
    { name: 'template', about: 'Show the chat template itself.' },
    homeOption,
    jsonOption,
  ],
  examples: [
    { line: 'musivum models inspect model.gguf', about: 'a page for people' },
    { line: 'musivum models inspect qwen3-8b-q4_k_m', about: 'a pulled model, with where it came from' },
    { line: 'musivum models inspect model.gguf --tensors', about: 'with what is in each tensor' },
    { line: 'musivum models inspect model.gguf --tokenizer', about: 'what each language costs in tokens' },
    { line: 'musivum models inspect model.gguf --no-hash --json', about: 'every tensor, as one document' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const subject = await subjectOf(fileOf(args), args, terminal)
  const { file, path, header, manifest } = subject
  const facts = headerReport(header)
  const hashed = path !== undefined && !hasSwitch(args, 'no-hash')
  const report: InspectReport = {
    file,
    bytes: header.fileBytes,
    sha256: hashed ? await sha256Of(path, header.fileBytes, terminal) : null,
    licence_record: findLicence(facts.licence.id ?? '')?.id ?? null,
    ...facts,
    template: await templateIn(header, facts, gatewaySettings(args, terminal).home),
    serves: facts.kind === 'model' ? useOf(header) : null,
    ...(manifest !== undefined && { manifest }),
    ...(await asked(subject, args, terminal)),
  }
  writeReport(args, terminal, { json: () => report, text: () => inspectText(report) })
  return EXIT.ok
}

async function templateIn(
  header: GgufHeader,
  { template }: HeaderReport,
  home: string,
): Promise<InspectReport['template']> {
  const source = textOf(header, 'tokenizer.chat_template')
  if (template === null || source === null) return template
  return templateWith(template, await templateProblem(source, home))
}

/** What takes longer than reading a header, where it was asked for. */
async function asked(
  { header, parts, path, manifest }: Subject,
  args: Arguments,
  terminal: Terminal,
): Promise<Partial<InspectReport>> {
  const { home } = gatewaySettings(args, terminal)
  return {
    ...(hasSwitch(args, 'tensors') && { tensors: await inspectTensors(parts, terminal) }),
    ...(hasSwitch(args, 'tokenizer') && {
      tokenizer_samples: await inspectTokenizer(path, header, { home, terminal }),
    }),
    ...(hasSwitch(args, 'template') && { template_text: textOf(header, 'tokenizer.chat_template') }),
    ...(manifest !== undefined && { template_against_base: await againstBase(home, manifest) }),
  }
}

/** Its chat template beside that of what it was made from, where that one is on the shelf. */
async function againstBase(home: string, manifest: Manifest): Promise<TemplateAgainstBase | null> {
  const [{ templateAgainstBase }, { shelfOf }] = await Promise.all([
    import('../weights/provenance/template-against-base.ts'),
    import('../weights/shelf.ts'),
  ])
  return templateAgainstBase(shelfOf(home), manifest)
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
