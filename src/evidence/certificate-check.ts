import type { CertificateDocument, TestStep } from './certificate-document.ts'

/** What a certificate says and a second run over the same outcomes does not: names of fields, none when all is the same. */
export function differingFields(
  stated: CertificateDocument,
  recomputed: CertificateDocument,
): readonly string[] {
  const same: Readonly<Record<string, boolean>> = {
    certified: stated.certified === recomputed.certified,
    threshold: sameThreshold(stated.plan.threshold, recomputed.plan.threshold),
    n: stated.n === recomputed.n,
    strong_share: near(stated.strong_share, recomputed.strong_share),
    grid:
      stated.grid.length === recomputed.grid.length &&
      stated.grid.every((threshold, place) => near(threshold, recomputed.grid[place] ?? Number.NaN)),
    test_path: samePath(stated.test_path, recomputed.test_path),
    claim: stated.claim === recomputed.claim,
  }
  return Object.keys(same).filter((field) => same[field] === false)
}

function sameThreshold(a: number | null, b: number | null): boolean {
  return a === null || b === null ? a === b : near(a, b)
}

function samePath(stated: readonly TestStep[], recomputed: readonly TestStep[]): boolean {
  return (
    stated.length === recomputed.length &&
    stated.every((step, place) => {
      const other = recomputed[place]
      return other !== undefined && sameStep(step, other)
    })
  )
}

function sameStep(a: TestStep, b: TestStep): boolean {
  return (
    a.passed === b.passed &&
    near(a.threshold, b.threshold) &&
    near(a.strong_share, b.strong_share) &&
    near(a.mean_loss, b.mean_loss) &&
    near(a.log_wealth, b.log_wealth)
  )
}

/** Logarithms differ in their last digits from one version of the engine to the next. */
function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b))
}
