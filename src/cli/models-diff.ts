import { headerDifferences } from '../catalog/gguf/header-differences.ts'
import { numberOf, type GgufHeader } from '../catalog/gguf/header.ts'
import { invalid } from '../core/errors.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption } from './gateway-settings.ts'
import { diffTensors } from './models-diff-tensors.ts'
import { diffText, type DiffReport } from './models-diff-text.ts'
import { subjectOf, type Subject } from './models-inspect-subject.ts'
import { hasSwitch } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const modelsDiff: Command = {
  name: 'models diff',
  summary: 'Say what differs between two weights files: tensors, template, tokenizer, metadata.',
  operand: 'A B',
  options: [
    {
      name: 'no-tensors',
      about: 'Compare the headers only; reading the values of large files takes minutes.',
    },
    { name: 'exit-code', about: 'End with exit code 1 when the two differ.' },
    homeOption,
    jsonOption,
  ],
  examples: [
    { line: 'musivum models diff base.gguf tuned.gguf', about: 'what a fine-tune changed, and how far' },
    {
      line: 'musivum models diff qwen3-8b-q8_0 qwen3-8b-q4_k_m',
      about: 'what a quantisation cost, by tensor',
    },
    { line: 'musivum models diff old.gguf new.gguf --exit-code --json', about: 'for a script' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [nameA, nameB] = operandsOf(args)
  const [a, b] = [await wholeSubject(nameA, args, terminal), await wholeSubject(nameB, args, terminal)]
  const tensors = hasSwitch(args, 'no-tensors') ? null : await diffTensors(a.parts, b.parts, terminal)
  const { template, tokenizer, metadata } = headerDifferences(a.header, b.header)
  const sameTensors =
    tensors === null
      ? sameShapes(a.header, b.header)
      : tensors.changed.length + tensors.added.length + tensors.removed.length === 0
  const same = template.same && tokenizer.same && metadata.same && sameTensors
  const notes = [...notesOf('A', a), ...notesOf('B', b)]
  const report: DiffReport = { a: a.file, b: b.file, same, notes, tensors, template, tokenizer, metadata }
  writeReport(args, terminal, { json: () => report, text: () => diffText(report) })
  return same || !hasSwitch(args, 'exit-code') ? EXIT.ok : EXIT.negative
}

function operandsOf({ operands }: Arguments): readonly [string, string] {
  const [a, b, extra] = operands
  if (a === undefined || b === undefined)
    throw invalid('models diff needs two of FILE, such as model.gguf, or NAME of a pulled model')
  if (extra !== undefined) throw invalid(`models diff takes two, but "${extra.slice(0, 80)}" was given too`)
  return [a, b]
}

/** With every list of the header whole: two vocabularies may differ in their last token only. */
async function wholeSubject(name: string, args: Arguments, terminal: Terminal): Promise<Subject> {
  const { header } = await subjectOf(name, args, terminal)
  const lists = [...header.metadata].filter(([, value]) => typeof value === 'object').map(([key]) => key)
  return subjectOf(name, args, terminal, lists)
}

function sameShapes(a: GgufHeader, b: GgufHeader): boolean {
  const listed = ({ tensors }: GgufHeader): string =>
    tensors
      .map(({ name, shape, type }) => JSON.stringify([name, shape, type.name]))
      .toSorted()
      .join('\n')
  return listed(a) === listed(b)
}

function notesOf(side: 'A' | 'B', { header, parts }: Subject): readonly string[] {
  const count = numberOf(header, 'split.count') ?? 1
  if (count <= parts.length) return []
  const number = (numberOf(header, 'split.no') ?? 0) + 1
  return [`${side} is part ${number} of ${count}; only this part was compared`]
}
