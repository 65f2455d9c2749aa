import { invalid } from '../core/errors.ts'
import { cardRelation } from '../weights/provenance/card-relation.ts'
import { builtLike } from '../weights/provenance/compare-with-base.ts'
import { fingerprintOf, keptFingerprint } from '../weights/provenance/fingerprint.ts'
import { lineageOfModel, type Lineage } from '../weights/provenance/lineage-graph.ts'
import { modelHeader } from '../weights/provenance/model-header.ts'
import type { Manifest } from '../weights/manifest.ts'
import { readShelf } from '../weights/read-shelf.ts'
import { shelfOf, type Shelf } from '../weights/shelf.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { gatewaySettings, homeOption } from './gateway-settings.ts'
import { table } from './table.ts'
import type { Terminal } from './terminal.ts'
import { writeReport } from './write-report.ts'

export const modelsLineage: Command = {
  name: 'models lineage',
  summary: 'Say what a model was made from, what proves it, and which licence follows.',
  operand: 'NAME',
  options: [homeOption, jsonOption],
  examples: [
    {
      line: 'musivum models lineage my-finetune',
      about: 'declared and proven ancestors, and what contradicts',
    },
    { line: 'musivum models lineage my-finetune --json', about: 'the graph as one document' },
  ],
  run,
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const [name, extra] = args.operands
  if (name === undefined || extra !== undefined)
    throw invalid('models lineage takes the NAME of one pulled model')
  const shelf = shelfOf(gatewaySettings(args, terminal).home)
  const lineage = await lineageNamed(shelf, name)
  writeReport(args, terminal, { json: () => lineage, text: () => lineageText(lineage) })
  return EXIT.ok
}

async function lineageNamed(shelf: Shelf, name: string): Promise<Lineage> {
  const { manifests, problems } = readShelf(shelf)
  const broken = problems.find((each) => each.name === name)
  if (broken !== undefined) throw invalid(broken.line)
  const found = manifests.find((each) => each.name === name)
  if (found === undefined)
    throw invalid(`there is no ${name.slice(0, 80)} on the shelf; \`musivum models list\` says what is`)
  const own = await fingerprinted(shelf, found)
  const others = manifests.filter((each) => each.name !== name)
  const relations = new Map<string, string | null>()
  for (const manifest of manifests) relations.set(manifest.name, await cardRelation(shelf, manifest))
  const fingerprint = keptFingerprint(own.fingerprint)
  return lineageOfModel(own, {
    manifests: [own, ...others],
    relations,
    builtLike: fingerprint === undefined ? [] : builtLike(fingerprint, others),
  })
}

/** What came before fingerprints were taken gets one now, for this answer. */
async function fingerprinted(shelf: Shelf, manifest: Manifest): Promise<Manifest> {
  if (keptFingerprint(manifest.fingerprint) !== undefined) return manifest
  const header = await modelHeader(shelf, manifest)
  return header === undefined ? manifest : { ...manifest, fingerprint: fingerprintOf(header) }
}

function lineageText({ model, nodes, edges, built_like, licence, conflicts }: Lineage): string {
  const rows = nodes.map((node) => [
    plain(node.model),
    node.on_shelf === null ? 'not here' : `here as ${node.on_shelf}`,
    node.licence ?? 'licence not known',
    node.provenance === null ? '' : `level ${node.provenance}`,
  ])
  const ways = edges.map(({ from, made_from, relation, evidence, why }) =>
    plain(`${from} < ${made_from}${relation === null ? '' : ` (${relation})`}: ${evidence}, ${why}`),
  )
  return [
    table(rows),
    ...(ways.length === 0 ? [`nothing says what ${model} was made from`] : ways),
    ...(built_like.length === 0 ? [] : [`built like ${built_like.join(', ')}`]),
    `licence: declared ${plain(licence.declared ?? 'nowhere')}, effective ${licence.effective ?? 'not known'}`,
    ...conflicts.map((line) => `CONFLICT: ${plain(line)}`),
  ].join('\n')
}

/** Names come from whoever made the file. */
function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}
