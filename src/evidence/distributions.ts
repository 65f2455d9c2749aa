import { strict as assert } from 'node:assert'

/**
 * P(Z ≤ z) of the standard normal: Hart's rational approximation as given by West, "Better approximations to
 * cumulative normal functions", Wilmott 2005. From |z| = 3 on the continued fraction of Laplace takes over, because
 * the other keeps no relative accuracy in the tails.
 */
export function normalCdf(z: number): number {
  const size = Math.abs(z)
  if (size > 38) return z > 0 ? 1 : 0
  const bell = Math.exp((-size * size) / 2)
  const tail =
    size < 3
      ? (bell * polynomial(size, HART_ABOVE)) / polynomial(size, HART_BELOW)
      : bell / (millsFraction(size) * Math.sqrt(2 * Math.PI))
  return z > 0 ? 1 - tail : tail
}

const HART_ABOVE = [
  220.206867912376, 221.213596169931, 112.079291497871, 33.912866078383, 6.37396220353165, 0.700383064443688,
  3.52624965998911e-2,
]
const HART_BELOW = [
  440.413735824752, 793.826512519948, 637.333633378831, 296.564248779674, 86.7807322029461, 16.064177579207,
  1.75566716318264, 8.83883476483184e-2,
]

/** φ(x) / (1 − Φ(x)) by Laplace's continued fraction; at x ≥ 3, 60 levels are exact to the last digit. */
function millsFraction(x: number): number {
  let fraction = x
  for (let level = 60; level >= 1; level -= 1) fraction = x + level / fraction
  return fraction
}

/** z with P(Z ≤ z) = p: Wichura's AS 241 (PPND16), Applied Statistics 37, 1988. Relative error about 1e-15. */
export function normalQuantile(p: number): number {
  assert(p >= 0 && p <= 1, `a probability is from 0 to 1, not ${p}`)
  if (p === 0 || p === 1) return p === 0 ? -Infinity : Infinity
  const middle = p - 0.5
  if (Math.abs(middle) <= 0.425) {
    const r = 0.180625 - middle * middle
    return (middle * polynomial(r, CENTRE_ABOVE)) / polynomial(r, CENTRE_BELOW)
  }
  const r = Math.sqrt(-Math.log(Math.min(p, 1 - p)))
  const size =
    r <= 5
      ? polynomial(r - 1.6, MIDDLE_ABOVE) / polynomial(r - 1.6, MIDDLE_BELOW)
      : polynomial(r - 5, FAR_ABOVE) / polynomial(r - 5, FAR_BELOW)
  return middle < 0 ? -size : size
}

const CENTRE_ABOVE = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
  67265.7709270087, 33430.57558358813, 2509.0809287301227,
]
const CENTRE_BELOW = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
  28729.085735721943, 5226.495278852854,
]
const MIDDLE_ABOVE = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
  0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
]
const MIDDLE_BELOW = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
]
const FAR_ABOVE = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
]
const FAR_BELOW = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
  1.8463183175100548e-5, 1.421511758316446e-7, 2.0442631033899397e-15,
]

function polynomial(x: number, coefficients: readonly number[]): number {
  let value = 0
  for (let power = coefficients.length - 1; power >= 0; power -= 1)
    value = value * x + (coefficients[power] ?? 0)
  return value
}

/** ln Γ(x), x > 0: Lanczos with g = 7 and nine terms (Godfrey's coefficients). Relative error about 1e-15 away from 1 and 2. */
export function logGamma(x: number): number {
  assert(x > 0, `ln Γ is wanted above 0, not at ${x}`)
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x)
  const shifted = x - 1
  let sum = 0.9999999999998099
  for (const [index, coefficient] of LANCZOS.entries()) sum += coefficient / (shifted + index + 1)
  const base = shifted + 7.5
  return HALF_LOG_TWO_PI + (shifted + 0.5) * Math.log(base) - base + Math.log(sum)
}

const HALF_LOG_TWO_PI = 0.9189385332046728
const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
  -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
]

/**
 * The regularised incomplete beta function I_x(a, b): continued fraction DLMF 8.17.22 by Lentz's method, its prefactor
 * by Loader's saddle point (2000), so that a set of millions of items loses no digits to cancelling log-gammas.
 */
export function incompleteBeta(x: number, a: number, b: number): number {
  assert(a > 0 && b > 0 && x >= 0 && x <= 1, `I_x(a, b) is not defined at x ${x}, a ${a}, b ${b}`)
  if (x === 0 || x === 1) return x
  const front = betaPrefactor(x, a, b)
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b
}

/** Lentz needs O(√max(a, b)) terms; 200,000 are enough for 10⁹ items. */
const MAX_FRACTION_TERMS = 200_000
const TINY = 1e-300

function betaFraction(x: number, a: number, b: number): number {
  let c = 1
  let d = 1 / notZero(1 - ((a + b) * x) / (a + 1))
  let value = d
  for (let m = 1; m <= MAX_FRACTION_TERMS; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / notZero(1 + even * d)
    c = notZero(1 + even / c)
    value *= c * d
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / notZero(1 + odd * d)
    c = notZero(1 + odd / c)
    value *= c * d
    if (Math.abs(c * d - 1) < 1e-16 * 4) return value
  }
  return value
}

function notZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value
}

/** x^a (1−x)^b / B(a, b). */
function betaPrefactor(x: number, a: number, b: number): number {
  const n = a + b
  const density = Math.exp(
    stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x) - deviance(b, n * (1 - x)),
  )
  return density * Math.sqrt((a * b) / (2 * Math.PI * n))
}

/** ln Γ(n+1) − (n+½) ln n + n − ½ ln 2π: what Stirling's formula misses. */
function stirlingError(n: number): number {
  if (n < 16) return logGamma(n + 1) - (n + 0.5) * Math.log(n) + n - HALF_LOG_TWO_PI
  const square = n * n
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / n
}

/** x ln(x/m) + m − x, without cancellation where x is near m. */
function deviance(x: number, m: number): number {
  if (Math.abs(x - m) >= 0.1 * (x + m)) return x * Math.log(x / m) + m - x
  const v = (x - m) / (x + m)
  let sum = (x - m) * v
  let term = 2 * x * v
  // |v| < 0.1, so each term is a hundredth of the one before.
  for (let j = 1; j < 40; j += 1) {
    term *= v * v
    const next = sum + term / (2 * j + 1)
    if (next === sum) break
    sum = next
  }
  return sum
}

/** Closer than this, steps only follow the rounding of the fraction. */
const ROUNDING = 4e-15

/** x with I_x(a, b) = p: Newton's steps kept inside a shrinking bracket. */
export function inverseIncompleteBeta(p: number, a: number, b: number): number {
  assert(p >= 0 && p <= 1, `a probability is from 0 to 1, not ${p}`)
  if (p === 0 || p === 1) return p
  let [low, high] = [0, 1]
  let x = a / (a + b)
  let before = Infinity
  // A step that does not halve the error is followed by a halving of the bracket; 1,074 halvings reach the least double.
  for (let step = 0; step < 2200; step += 1) {
    const error = incompleteBeta(x, a, b) - p
    if (Math.abs(error) <= ROUNDING * p) return x
    if (error > 0) high = x
    else low = x
    const newton = x - (error * x * (1 - x)) / betaPrefactor(x, a, b)
    const converging = Math.abs(error) <= before / 2
    before = Math.abs(error)
    const next = converging && newton > low && newton < high ? newton : (low + high) / 2
    if (Math.abs(next - x) <= ROUNDING * x || next === low || next === high) return next
    x = next
  }
  return x
}

/** P(T ≤ t) of Student's t with `df` degrees of freedom: 1 − ½ I_{df/(df+t²)}(df/2, ½) for t ≥ 0 (DLMF 8.17). */
export function studentTCdf(t: number, df: number): number {
  assert(df > 0, `degrees of freedom are above 0, not ${df}`)
  if (!Number.isFinite(t)) return t > 0 ? 1 : 0
  if (df > NORMAL_DF) return normalCdf(t)
  const square = t * t
  // Far out the tail itself is summed: 1 − I would leave nothing of a tail of 1e-12.
  const tail =
    square < 3
      ? (1 - incompleteBeta(square / (df + square), 0.5, df / 2)) / 2
      : incompleteBeta(df / (df + square), df / 2, 0.5) / 2
  return t > 0 ? 1 - tail : tail
}

/** From here on t and normal agree to 1e-10. */
const NORMAL_DF = 1e10

/**
 * t with P(T ≤ t) = p: Newton's steps on `studentTCdf` from the Cornish–Fisher expansion (Abramowitz and Stegun
 * 26.7.5); for one and two degrees of freedom the closed forms.
 */
export function studentTQuantile(p: number, df: number): number {
  assert(df >= 1 && p > 0 && p < 1, `no quantile of ${p} with ${df} degrees of freedom`)
  if (df > NORMAL_DF) return normalQuantile(p)
  if (df === 1) return p === 0.5 ? 0 : -1 / Math.tan(Math.PI * p)
  if (df === 2) return (2 * p - 1) / Math.sqrt(2 * p * (1 - p))
  // The lower half only: there the distribution function has no 1 in it to lose digits against.
  return p > 0.5 ? -lowerTQuantile(1 - p, df) : lowerTQuantile(p, df)
}

function lowerTQuantile(p: number, df: number): number {
  const z = normalQuantile(p)
  let t = z + (z ** 3 + z) / (4 * df) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * df * df)
  const logScale = logGamma((df + 1) / 2) - logGamma(df / 2) - Math.log(df * Math.PI) / 2
  // On the logarithm, which is concave there, so that steps from either side end up above the root and then converge.
  for (let step = 0; step < 60; step += 1) {
    const below = studentTCdf(t, df)
    const density = Math.exp(logScale - ((df + 1) / 2) * Math.log1p((t * t) / df))
    const next = t - (Math.log(below / p) * below) / density
    if (Math.abs(next - t) <= 1e-13 * Math.abs(t)) return Math.min(next, 0)
    t = Math.min(next, 0)
  }
  return t
}

/** P(X ≤ k), X binomial(n, p): I_{1−p}(n − k, k + 1) (DLMF 8.17.5), exact for any n. */
export function binomialAtMost(k: number, n: number, p: number): number {
  assert(Number.isInteger(k) && Number.isInteger(n) && n >= 0, `no binomial tail of ${k} in ${n}`)
  if (k < 0) return 0
  return k >= n ? 1 : incompleteBeta(1 - p, n - k, k + 1)
}

/** P(X ≥ k), X binomial(n, p). */
export function binomialAtLeast(k: number, n: number, p: number): number {
  assert(Number.isInteger(k) && Number.isInteger(n) && n >= 0, `no binomial tail of ${k} in ${n}`)
  if (k <= 0) return 1
  return k > n ? 0 : incompleteBeta(p, k, n - k + 1)
}

/** The least p that k or more successes of n do not refute at level `alpha` (Clopper and Pearson 1934). */
export function binomialLowerBound(k: number, n: number, alpha: number): number {
  return k === 0 || n === 0 ? 0 : inverseIncompleteBeta(alpha, k, n - k + 1)
}

/** The greatest p that k or fewer successes of n do not refute at level `alpha` (Clopper and Pearson 1934). */
export function binomialUpperBound(k: number, n: number, alpha: number): number {
  if (k >= n) return 1
  // By the mirror image, so that bounds near 0 and near 1 are equally exact.
  return 1 - inverseIncompleteBeta(alpha, n - k, k + 1)
}
