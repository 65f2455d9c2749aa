import { readPrompt, WORD_BUCKETS } from './prompt-features.ts'

/** Where the prompts of an evaluation come from. */
export type PromptSource = {
  readonly prompts: readonly string[]
  readonly categories?: readonly (string | undefined)[] | undefined
  /** Names of the tasks the prompts belong to. */
  readonly tasks?: readonly string[] | undefined
}

/** More than one test prompt in five of a kind that training did not see is another kind of work. */
const MOST_UNSEEN = 0.2
/** Test prompts may share this much less of their words with training than prompts of one kind share with each other. */
const LEAST_OVERLAP = 0.85

/**
 * One sentence when the test prompts are not of the kind the router was trained on, else null. Routers do not carry
 * over: trained on MMLU and tried on GSM8K, or the other way, they recover little more than a random one.
 */
export function transferWarning(train: PromptSource, test: PromptSource): string | null {
  const differences = [
    unseenNames('task', train.tasks, test.tasks),
    unseenNames('category', train.categories, test.categories),
    lowOverlap(train.prompts, test.prompts),
  ].filter((difference) => difference !== null)
  if (differences.length === 0) return null
  return `Trained on other prompts than it is tested on: ${differences.join('; ')}. Routers seldom carry over; train on pairs of the same work.`
}

function unseenNames(
  what: string,
  train: readonly (string | undefined)[] = [],
  test: readonly (string | undefined)[] = [],
): string | null {
  const seen = new Set(train)
  // Prompts without a category are unseen too where every training prompt had one.
  const unseen = test.filter((name) => !seen.has(name))
  if (train.length === 0 || unseen.length <= MOST_UNSEEN * test.length) return null
  return `${unseen.length} of ${test.length} test prompts are of a ${what} that training did not see`
}

/** Prompts learned from and looked at on each side: a share of words is known well enough from these. */
const MOST_COMPARED = 1_000
/** Of fewer, the shares differ by chance more than by kind. */
const LEAST_COMPARED = 50

/**
 * How much of the test prompts is known from training prompts, against how much each set knows of itself from as many of
 * its own. Both sides, because a broad set knows little of itself, and a narrow one foreign to it would look no worse.
 */
function lowOverlap(train: readonly string[], test: readonly string[]): string | null {
  const size = Math.min(MOST_COMPARED, Math.floor(train.length / 2), Math.floor(test.length / 2))
  if (size < LEAST_COMPARED) return null
  const [trainHalves, testHalves] = [halves(train, size), halves(test, size)]
  const across = knownShare(trainHalves[0], testHalves[1])
  const within = Math.max(knownShare(...trainHalves), knownShare(...testHalves))
  if (across >= LEAST_OVERLAP * within) return null
  return `training prompts hold ${percent(across)} of the words and word pairs of the test prompts, where prompts of one kind hold ${percent(within)} of each other's`
}

/** Two lists of `size` prompts, evenly from the whole: files are often sorted by task. */
function halves(prompts: readonly string[], size: number): [readonly string[], readonly string[]] {
  const step = prompts.length / (2 * size)
  const chosen = Array.from({ length: 2 * size }, (_, index) => prompts[Math.floor(index * step)] ?? '')
  return [chosen.filter((_, index) => index % 2 === 0), chosen.filter((_, index) => index % 2 === 1)]
}

function knownShare(learned: readonly string[], prompts: readonly string[]): number {
  const known = new Set(learned.flatMap((prompt) => wordBuckets(prompt)))
  const looked = prompts.flatMap((prompt) => wordBuckets(prompt))
  return looked.filter((bucket) => known.has(bucket)).length / Math.max(1, looked.length)
}

function wordBuckets(prompt: string): number[] {
  return [...readPrompt(prompt).buckets].filter((bucket) => bucket < WORD_BUCKETS)
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}
