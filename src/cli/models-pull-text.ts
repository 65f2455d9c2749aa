import type { Manifest } from '../weights/manifest.ts'
import { adapterFile, mainFile } from '../weights/place-parts.ts'
import type { Pulled } from '../weights/pull.ts'
import { bytes } from './quantities.ts'
import { table } from './table.ts'

/** What was done about one model, with its manifest. */
export function pulledRow({ manifest, outcome, newBytes }: Pulled): object {
  const { format: _, ...facts } = manifest
  return { outcome, new_bytes: newBytes, size_bytes: sizeOf(manifest), ...facts }
}

function sizeOf({ files }: Manifest): number {
  return files.reduce((sum, file) => sum + file.bytes, 0)
}

export function pulledText({ manifest, outcome, newBytes }: Pulled): string {
  const came = outcome === 'unchanged' ? 'was here and is whole' : `${outcome}, ${bytes(newBytes)} new`
  return [
    `${manifest.name}: ${came}`,
    manifestText(manifest).replace(/^/gm, '  '),
    `\n${nextStep(manifest)}`,
  ].join('\n')
}

function nextStep(manifest: Manifest): string {
  const { name } = manifest
  if (mainFile(manifest) !== undefined) return `ask it: musivum ask --model ${name} "…"`
  return adapterFile(manifest) === undefined
    ? 'it is kept; the embedded engine runs GGUF only'
    : `use it: \`adapter: ${name}\` beside the \`weights\` that it belongs to, in musivum.yaml`
}

/** A manifest for people. */
export function manifestText(manifest: Manifest): string {
  const { header, licence, provenance, lineage, template } = manifest
  const rows: readonly (readonly [string, string])[] = [
    ['source', manifest.source],
    ['files', manifest.files.map(({ name, bytes: size }) => `${name} (${bytes(size)})`).join(', ')],
    ['model', header === null ? 'no header that we read' : headerWords(header)],
    ['licence', licenceWords(licence)],
    ['made from', lineage.map(({ model }) => model).join(' < ') || 'not said'],
    ['provenance', `level ${provenance.level}: ${provenance.why}`],
    ['template', templateWords(template)],
  ]
  return table(rows)
}

function headerWords({
  architecture,
  parameters,
  quantisation,
  context_tokens,
}: NonNullable<Manifest['header']>): string {
  const parts = [
    architecture ?? 'architecture not said',
    `${parameters} parameters`,
    quantisation,
    context_tokens === null ? null : `${context_tokens} tokens of context`,
  ]
  return parts.filter((part) => part !== null).join(', ')
}

function licenceWords({ declared, record, effective, accepted }: Manifest['licence']): string {
  const own = record ?? declared
  if (own === null && effective === null) return 'none declared: nobody has granted anything'
  const inherited =
    effective === null || effective === own ? '' : `; ${effective} through what it was made from`
  const by = accepted === null ? '' : `, accepted by ${accepted.by} on ${accepted.at.slice(0, 10)}`
  return `${own ?? 'not declared'}${inherited}${by}`
}

function templateWords(template: Manifest['template']): string {
  if (template === null) return 'none'
  const { flags, sha256 } = template
  const found =
    flags.length === 0
      ? 'nothing unusual in it'
      : flags.some(({ kind }) => kind === 'unreadable')
        ? 'which cannot be read: it answers no conversation'
        : `${flags.length} ${flags.length === 1 ? 'place' : 'places'} to look at before you trust it`
  return `sha256 ${sha256.slice(0, 12)}…, ${found}`
}
