import { embeddedBook } from '../catalog/prices/embedded-book.ts'
import { priceUsage, type Charge, type ChargeLine } from '../catalog/prices/price-usage.ts'
import { bucketsOf } from '../catalog/prices/buckets.ts'
import type { Usage } from '../core/usage.ts'
import { readJsonl } from '../evaluation/read/read-jsonl.ts'
import { EXIT, type Arguments, type Command } from './command.ts'
import { createCostTable } from './cost-table.ts'
import { hasSwitch, requiredText } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'
import { parseUsageLine, type RecordedCall } from './usage-line.ts'

export const cost: Command = {
  name: 'cost',
  summary: 'Price recorded usage of any vendor, bucket by bucket, without a network.',
  options: [
    {
      name: 'usage',
      value: 'FILE',
      about: 'Lines {"seller","model","usage":<as the vendor sent it>,"at","tier"?,"batch"?,"region"?}.',
    },
    { name: 'json', about: 'Write one JSON object for each line, in their order, and nothing else.' },
  ],
  examples: [
    { line: 'musivum cost --usage usage.jsonl', about: 'what each model came to, and all together' },
    {
      line: 'musivum cost --usage usage.jsonl.gz --json',
      about: 'for each call the buckets, the price rows and nano-dollars',
    },
  ],
  run,
}

/** Priced as they are read: a file of any size in the memory of its longest line. */
async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const file = requiredText(cost, args, 'usage')
  if (hasSwitch(args, 'json')) await writeObjects(file, terminal)
  else await writeTable(file, terminal)
  return EXIT.ok
}

async function writeTable(file: string, terminal: Terminal): Promise<void> {
  const sums = createCostTable()
  await readCalls(file, terminal, (call) => sums.add(call, chargeOf(call)))
  terminal.write(`${sums.text()}\n`)
}

/** A pipe takes this much at once. */
const MAX_HELD_CHARS = 64 * 1024

async function writeObjects(file: string, terminal: Terminal): Promise<void> {
  let held = ''
  const release = (): void => {
    if (held !== '') terminal.write(held)
    held = ''
  }
  try {
    await readCalls(file, terminal, (call) => {
      held += `${JSON.stringify(lineJson(call.usage, chargeOf(call)))}\n`
      if (held.length >= MAX_HELD_CHARS) release()
    })
  } finally {
    // What was priced before a line that cannot be read.
    release()
  }
}

function readCalls(file: string, terminal: Terminal, onCall: (call: RecordedCall) => void): Promise<void> {
  return readJsonl(
    file,
    terminal,
    (text, where) => {
      const call = parseUsageLine(text, where)
      if (call !== undefined) onCall(call)
    },
    terminal.written,
  )
}

function chargeOf({ usage, ...call }: RecordedCall): Charge {
  return usage === undefined ? UNCOUNTED : priceUsage(embeddedBook, { ...call, usage })
}

const UNCOUNTED: Charge = {
  lines: [],
  nanoUsd: null,
  status: 'unpriced',
  because: 'the vendor counted nothing; streams of OpenAI do with stream_options.include_usage',
}

function lineJson(usage: Usage | undefined, charge: Charge): object {
  const { lines, nanoUsd, status, because, computedNanoUsd } = charge
  return {
    buckets: usage === undefined ? {} : bucketsJson(usage),
    lines: lines.map(chargeLineJson),
    nano_usd: nanoUsd,
    status,
    ...(because !== undefined && { because }),
    ...(usage?.reportedNanoUsd !== undefined && { reported_nano_usd: usage.reportedNanoUsd }),
    ...(computedNanoUsd !== undefined && { computed_nano_usd: computedNanoUsd }),
  }
}

/** Both sides, also where the vendor counted 0 of one; not where it counted nothing. */
function bucketsJson(usage: Usage): object {
  return {
    ...(usage.unknown !== 'input' && { in_uncached: 0 }),
    ...(usage.unknown !== 'output' && { out_text: 0 }),
    ...Object.fromEntries(bucketsOf(usage)),
  }
}

function chargeLineJson({ bucket, tokens, priceRow, nanoUsd }: ChargeLine): object {
  return { bucket, tokens, price_row: priceRow, nano_usd: nanoUsd }
}
