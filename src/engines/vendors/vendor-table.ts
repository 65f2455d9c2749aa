import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Capability } from '../engine.ts'
import { vendors } from './_registry.ts'
import type { OpenAiVendor } from './vendor.ts'

export const vendorGuide: string = join(import.meta.dirname, '../../../docs/vendors.md')

const BEGIN = '<!-- made by `node src/engines/vendors/vendor-table.ts` -->'
const END = '<!-- end -->'

/** The guide with the table of the code in it, so that the two cannot differ. A test compares. */
export function vendorGuideText(guide: string): string {
  const [before = ''] = guide.split(BEGIN)
  const after = guide.slice(guide.indexOf(END))
  const rows = vendors.map(rowOf)
  const head = [
    '| vendor | `vendor:` | address | key | speaks | in other words, or not at all | written in |',
    '|---|---|---|---|---|---|---|',
  ]
  return `${before}${BEGIN}\n\n${[...head, ...rows].join('\n')}\n\n${after}`
}

function rowOf(vendor: OpenAiVendor): string {
  const { name, label, baseUrl, path, keyVariable, source } = vendor
  const address = baseUrl === undefined ? `yours, then \`${path}\`` : `\`${baseUrl}\``
  return [
    `| ${label} | \`${name}\``,
    address,
    keyVariable === undefined ? 'none' : `\`${keyVariable}\``,
    vendor.relays.map((operation) => WORDS[operation]).join(', ') +
      (vendor.reranks === true ? ', rerank' : ''),
    differences(vendor),
    `${source.document}, ${source.date} |`,
  ].join(' | ')
}

const WORDS = {
  'openai-chat': 'chat',
  'openai-responses': 'responses',
  'anthropic-messages': 'messages',
  embeddings: 'embeddings',
} as const

const CAPABILITIES = {
  tools: 'tools',
  images: 'pictures',
  jsonSchema: 'JSON schemas',
  jsonObject: 'JSON mode',
  logprobs: 'log-probabilities',
  embeddings: 'embeddings',
  severalAnswers: '`n` above 1',
} as const

function differences({
  drops = [],
  messageDrops = [],
  renames = {},
  roles = {},
  lacks = [],
}: OpenAiVendor): string {
  const dropped = [...drops, ...messageDrops.map((field) => `messages[].${field}`)].map(quoted)
  const renamed = Object.entries({ ...renames, ...roles }).map(
    ([from, to]) => `${quoted(from)} as ${quoted(to)}`,
  )
  const lines = [
    dropped.length === 0 ? '' : `left out: ${dropped.join(', ')}`,
    renamed.length === 0 ? '' : `said: ${renamed.join(', ')}`,
    named(
      'checked here',
      lacks.filter((capability) => CHECKED_HERE.has(capability)),
    ),
    named(
      'refused',
      lacks.filter((capability) => !CHECKED_HERE.has(capability)),
    ),
  ]
  return lines.filter((line) => line !== '').join('; ')
}

/** The gateway makes up for these: docs/protocols.md, "Structured answers". */
const CHECKED_HERE: ReadonlySet<Capability> = new Set(['jsonSchema', 'jsonObject'])

function named(what: string, capabilities: readonly Capability[]): string {
  if (capabilities.length === 0) return ''
  return `${what}: ${capabilities.map((capability) => CAPABILITIES[capability]).join(', ')}`
}

function quoted(word: string): string {
  return `\`${word}\``
}

if (import.meta.main) writeFileSync(vendorGuide, vendorGuideText(readFileSync(vendorGuide, 'utf8')))
