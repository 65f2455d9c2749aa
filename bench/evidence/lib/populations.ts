import { majorityVote } from '../../../src/combine/recorded/majority-vote.ts'
import { NO_ANSWER, recordTask } from '../../../src/combine/recorded/recorded-task.ts'
import type { Items } from '../../../src/evaluation/read/read-items.ts'
import { certify, type CertificateRequest } from '../../../src/evidence/certificate.ts'
import type { TaskView } from '../../../src/evidence/outcome-table.ts'
import { seededRandom, shuffledIndices } from '../../../src/evidence/seeded-random.ts'
import { trainPromptRouter } from '../../../src/routing/prompt-router/train-prompt-router.ts'

/** A whole table as the truth: what certificates from samples of it promise can be looked up in it. */
export type Population = Pick<CertificateRequest, 'task' | 'reference' | 'cheap'> & {
  readonly scores: Float64Array
  readonly referenceOutcomes: Float64Array
  readonly cheapOutcomes: Float64Array
}

/** A vote that goes to the reference the sooner, the more of its members disagree with it. */
export function agreementPopulation(
  view: TaskView,
  members: readonly string[],
  reference: string,
): Population {
  const task = recordTask(view, { members, reference })
  return {
    task: view.task,
    reference,
    cheap: `vote of ${members.length}`,
    scores: Float64Array.from({ length: task.n }, (_, item) => {
      const answers = task.members.map((member) => member.answers[item] ?? NO_ANSWER)
      const votes = answers.map((own) =>
        own === NO_ANSWER ? 0 : answers.filter((answer) => answer === own).length,
      )
      return 1 - Math.max(...votes) / members.length + tieBreak(item)
    }),
    referenceOutcomes: task.reference?.scores ?? new Float64Array(),
    cheapOutcomes: majorityVote(task).scores,
  }
}

/** Members that agree are many; spread out below a hundredth, the score still has forty quantiles. */
function tieBreak(item: number): number {
  return ((item * 7919) % 10_007) / 1_000_700
}

/** A prompt router that learned from `labels` items of the table; the population is the others. */
export function routerPopulation(
  view: TaskView,
  items: Items,
  { weak, strong, labels }: { readonly weak: string; readonly strong: string; readonly labels: number },
): Population {
  const [a, b] = [view.column(weak), view.column(strong)]
  const rows = Array.from(shuffledIndices(view.items.length, seededRandom(1))).flatMap((place) => {
    const item = items.find(view.task, view.items[place] ?? '')
    const both = (a.samples[place] ?? 0) > 0 && (b.samples[place] ?? 0) > 0
    return item !== undefined && both
      ? [{ ...item, weak: a.scores[place] ?? 0, strong: b.scores[place] ?? 0 }]
      : []
  })
  const [train, rest] = [rows.slice(0, labels), rows.slice(labels)]
  const router = trainPromptRouter({
    prompts: train.map(({ prompt }) => prompt),
    categories: train.map(({ category }) => category),
    difference: train.map((row) => row.strong - row.weak),
    seed: 1,
  })
  return {
    task: view.task,
    reference: strong,
    cheap: weak,
    scores: Float64Array.from(rest, ({ prompt, category }) => router.score(prompt, category)),
    referenceOutcomes: Float64Array.from(rest, (row) => row.strong),
    cheapOutcomes: Float64Array.from(rest, (row) => row.weak),
  }
}

export type Redraws = { readonly wrong: number; readonly strongShare: number }

type Terms = {
  readonly pairs: number
  readonly epsilon: number
  readonly delta: number
  readonly draws: number
}

/** Certificates from samples drawn with replacement: how many are wrong about the whole table, and what they spend. */
export function redraw(population: Population, { pairs, epsilon, delta, draws }: Terms): Redraws {
  let [wrong, share] = [0, 0]
  for (let draw = 0; draw < draws; draw += 1) {
    const random = seededRandom(1000 * pairs + draw)
    const places = Array.from({ length: pairs }, () => random.below(population.scores.length))
    const pick = (column: Float64Array): Float64Array =>
      Float64Array.from(places, (place) => column[place] ?? 0)
    const { threshold } = certify({
      ...population,
      scores: pick(population.scores),
      referenceOutcomes: pick(population.referenceOutcomes),
      cheapOutcomes: pick(population.cheapOutcomes),
      gridScores: population.scores,
      epsilon,
      delta,
      seed: draw,
    })
    const truth = truthAt(population, threshold)
    if (truth.loss > epsilon) wrong += 1
    share += truth.strongShare
  }
  return { wrong: wrong / draws, strongShare: share / draws }
}

function truthAt(population: Population, threshold: number | null): { loss: number; strongShare: number } {
  const { scores, referenceOutcomes, cheapOutcomes } = population
  let [loss, strong] = [0, 0]
  for (const [place, score] of scores.entries()) {
    if (threshold === null || score >= threshold) strong += 1
    else loss += (referenceOutcomes[place] ?? 0) - (cheapOutcomes[place] ?? 0)
  }
  return { loss: loss / scores.length, strongShare: strong / scores.length }
}
