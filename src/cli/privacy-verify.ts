import { invalid } from '../core/errors.ts'
import { isJsonObject } from '../core/json.ts'
import { readJsonl } from '../evaluation/read/read-jsonl.ts'
import { showWhere, type Where } from '../evidence/outcome.ts'
import { recogniserOf } from '../privacy/recognise/recognisers.ts'
import { verifyValue } from '../privacy/recognise/verify.ts'
import { EXIT, type Arguments, type Command } from './command.ts'
import { hasSwitch } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const privacyVerify: Command = {
  name: 'privacy verify',
  summary: 'Check numbers against the published rules of their issuers.',
  operand: 'FILE',
  options: [
    { name: 'fail-on-invalid', about: 'End with exit code 1 when a value is invalid.' },
    {
      name: 'json',
      about: 'Write one JSON line per value to standard output, everything else to standard error.',
    },
  ],
  examples: [
    {
      line: 'musivum privacy verify numbers.jsonl --json',
      about: 'lines {"entity","value"} become {"entity","value","valid"}: true, false, or null for no check',
    },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [file, extra] = args.operands
  if (file === undefined || extra !== undefined)
    throw invalid(
      'privacy verify needs one file of JSON Lines; `musivum privacy verify --help` shows an example',
    )
  const show = hasSwitch(args, 'json') ? jsonLine : textLine
  const unknown = new Set<string>()
  let wrong = 0
  await readJsonl(file, terminal, (text, where) => {
    if (text.trim() === '') return
    const { entity, value } = rowOf(text, where)
    if (!recogniserOf.has(entity)) unknown.add(entity)
    const valid = recogniserOf.has(entity) ? verifyValue(entity, value) : null
    if (valid === false) wrong += 1
    terminal.write(`${show({ entity, value, valid })}\n`)
  })
  for (const entity of [...unknown].slice(0, SHOWN_UNKNOWN))
    terminal.note(`no entity ${entity.slice(0, 64)}: nothing was checked`, 'yellow')
  return wrong > 0 && hasSwitch(args, 'fail-on-invalid') ? EXIT.negative : EXIT.ok
}

const SHOWN_UNKNOWN = 10

type Row = { readonly entity: string; readonly value: string }
type Checked = Row & { readonly valid: boolean | null }

function rowOf(text: string, where: Where): Row {
  const row = parsed(text)
  if (!isJsonObject(row) || typeof row['entity'] !== 'string' || typeof row['value'] !== 'string')
    throw invalid(`${showWhere(where)}: expected a line such as {"entity":"IBAN_CODE","value":"…"}`)
  return { entity: row['entity'], value: row['value'] }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // Said by the caller, with the place; the parser's own words would quote the line.
    return undefined
  }
}

function jsonLine(checked: Checked): string {
  return JSON.stringify(checked)
}

function textLine({ entity, value, valid }: Checked): string {
  return `${VERDICTS[String(valid) as keyof typeof VERDICTS]}  ${entity}  ${value}`
}

const VERDICTS = { true: 'valid   ', false: 'INVALID ', null: 'no check' } as const
