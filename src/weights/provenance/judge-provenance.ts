import type { SignatureFinding } from '../signing/check-signature.ts'
import type { Manifest } from '../manifest.ts'
import type { BaseComparison } from './compare-with-base.ts'

type Found = { readonly level: Manifest['provenance']['level']; readonly why: string }

export type ProvenanceEvidence = {
  /** From where it came: 3, 1 or 0. */
  readonly pulled: Found
  readonly signature: SignatureFinding | null
  readonly bases: readonly BaseComparison[]
  /** Merges stack layers of several models: their dimensions contradict nothing. */
  readonly merged: boolean
}

/**
 * The highest level that something proves: a maker's signature, the hash that the maker lists, a build that fits what is
 * declared, a declaration. A build that contradicts the declaration is no evidence for it, and is said.
 */
export function judgeProvenance({
  pulled,
  signature,
  bases,
  merged,
}: ProvenanceEvidence): Manifest['provenance'] {
  const maker = signature?.state === 'trusted' ? signature.signer?.name : undefined
  if (maker) return since(pulled, { level: 4, why: `signed by ${maker}, every file of it` })
  if (signature?.state === 'broken')
    return since(pulled, {
      level: 0,
      why: `its signature is not one of these files: ${signature.problems[0] ?? ''}`,
    })
  if (pulled.level >= 3) return pulled
  const contradicted = merged ? undefined : bases.find(({ verdict }) => verdict === 'differs')
  if (contradicted !== undefined)
    return since(pulled, {
      level: pulled.level,
      why: `declared to be made from ${contradicted.base}, which its build contradicts: ${contradicted.why}`,
    })
  const proof = bases.map(fingerprintProof).find((why) => why !== undefined)
  return proof === undefined ? pulled : since(pulled, { level: 2, why: proof })
}

function fingerprintProof({ base, verdict, against, level }: BaseComparison): string | undefined {
  if (verdict !== 'same') return undefined
  if (against === 'published') return `its dimensions are those that the maker of ${base} published`
  // What somebody else re-packed proves nothing about what the maker made.
  return (level ?? 0) >= 3
    ? `its tensors and its vocabulary are those of ${base}, as its maker made it`
    : undefined
}

const MAX_WHY = 1000

function since(pulled: Found, now: Found): Manifest['provenance'] {
  return { ...now, why: now.why.slice(0, MAX_WHY), pulled }
}
