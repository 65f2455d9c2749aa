import type { Provenance } from '../catalog/model-facts.ts'
import { familyLicence, makerOf, type Ancestor } from './lineage.ts'
import type { Source } from './source.ts'

/** How sure it is what the weights are, with the reason in words. */
export type ProvenanceFinding = { readonly level: Provenance; readonly why: string }

export type ProvenanceFacts = {
  readonly source: Source
  /** The hub itself answered; a mirror could say anything. */
  readonly fromHub: boolean
  /** For every file of weights a hash was listed beforehand, and ours is the same. */
  readonly hashesListed: boolean
  readonly lineage: readonly Ancestor[]
  /** What the header names as its maker, its origin or its own name. */
  readonly headerDeclares: boolean
}

/**
 * 3 when every hash equals the one that the hub lists in a repository of the maker, 1 when somebody declares what it is, else
 * 0. A signature (4) and a fingerprint (2) are checked elsewhere.
 */
export function provenanceOf(facts: ProvenanceFacts): ProvenanceFinding {
  const maker = makerRepository(facts)
  if (maker !== undefined && facts.fromHub && facts.hashesListed)
    return { level: 3, why: `every sha256 is the one that ${maker} lists, a repository of the maker` }
  const declared = declaration(facts, maker)
  return declared === undefined
    ? { level: 0, why: 'nothing says what it is or what it was made from' }
    : { level: 1, why: declared }
}

/** `OWNER/REPO` where the owner makes this family, or the family that this repository was made from. */
function makerRepository({ source, lineage }: ProvenanceFacts): string | undefined {
  if (source.kind !== 'hf' || makerOf(source.owner) === undefined) return undefined
  const { owner, repo } = source
  const own = familyLicence(`${owner}/${repo}`) !== undefined
  const ofOwn = lineage.some(({ model }) => model.toLowerCase().startsWith(`${owner.toLowerCase()}/`))
  return own || ofOwn ? `${owner}/${repo}` : undefined
}

function declaration(facts: ProvenanceFacts, maker: string | undefined): string | undefined {
  const { source, lineage, fromHub, headerDeclares } = facts
  if (maker !== undefined)
    return fromHub
      ? `${maker} is a repository of the maker, but lists no hash for every file`
      : `a mirror says that it is ${maker}`
  const [nearest] = lineage
  if (nearest !== undefined) return `declared to be made from ${nearest.model}`
  if (source.kind === 'hf') return `declared by the name of the repository ${source.owner}/${source.repo}`
  if (source.kind === 'ollama') return `declared by the name ${source.name} in a local store`
  return headerDeclares ? 'declared by the header of the file' : undefined
}
