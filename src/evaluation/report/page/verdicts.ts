import { isProven } from '../read-together.ts'
import type { Contender, TaskReport } from '../report.ts'
import { moreInJson } from './figure.ts'
import { inlineMark, MARK_OF } from './mark.ts'
import { markup, type Content, type Markup } from './markup.ts'
import { sentence, userText } from './user-text.ts'

/** Sentences that are open from the start; nobody reads thirty. */
const MAX_OPEN = 6
const MAX_SENTENCES = 60

/** The verdict first, in words. */
export function verdicts(task: TaskReport): Markup {
  const rest = task.contenders.filter((contender) => contender !== task.best)
  const folded = rest.slice(MAX_OPEN, MAX_SENTENCES)
  return markup`${headline(task)}
${rest.length > 0 && list(rest.slice(0, MAX_OPEN))}
${folded.length > 0 && markup`<details><summary>${folded.length} more</summary>${list(folded)}${moreInJson(rest.length - MAX_SENTENCES)}</details>`}`
}

/** What to take, or that there is nothing to take yet. */
export function headline({ contenders, best }: Pick<TaskReport, 'contenders' | 'best'>): Markup {
  if (best !== null)
    return markup`<p class="headline">${inlineMark('proven')}<span>${sentence(best.sentence)}</span></p>`
  return markup`<p class="headline open">${inlineMark('open')}<span>${nothingToTake(contenders)}</span></p>`
}

function nothingToTake(contenders: readonly Contender[]): Content {
  const [nearest] = contenders
  if (nearest === undefined) return 'Nothing was compared on this task.'
  if (isProven(nearest.claim))
    return 'Nothing is promoted: what is proven no worse is not shown to be better than one of its own members.'
  return markup`Nothing is proven good enough yet. Nearest: ${userText(nearest.name)}.`
}

function list(contenders: readonly Contender[]): Markup {
  return markup`<ul class="verdicts">${contenders.map(
    ({ claim, sentence: words }) =>
      markup`<li>${inlineMark(MARK_OF[claim])}<span>${sentence(words)}</span></li>\n`,
  )}</ul>`
}
