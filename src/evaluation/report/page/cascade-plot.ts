import { confidencePercent, count, percent, roughPercent, size } from '../figures.ts'
import type { CascadePoint, CascadeReport } from '../report.ts'
import { figure } from './figure.ts'
import { labelledDots, type Dot } from './labelled-dots.ts'
import { inlineMark } from './mark.ts'
import { markup, type Content, type Markup } from './markup.ts'
import { percentTicks } from './percent-ticks.ts'
import { shortened, unbroken, userText } from './user-text.ts'

/** Quality against the share of items that still go to the reference, with the point that is certified. */
export function cascadePlot(cascade: CascadeReport, id: string): Markup {
  const { members, steps, certification } = cascade
  const { reference } = certification.certificate
  const names = members.map((member, place) => [place > 0 && ', ', userText(member)])
  return figure({
    id,
    heading: 'How much may be left to the small models',
    about: [names, markup`: asked in this order; where too few agree, ${userText(reference)} answers.`],
    body: [claim(cascade), picture(cascade, id)],
    table: {
      head: ['Members that must agree', 'Quality', 'Escalated', 'Calls per item', 'Certified'],
      rows: steps.map((step) => tableRow(step, cascade)),
    },
  })
}

/** A claim names every member; a page has no room for a thousand of them. */
const MAX_CLAIM = 600

function claim({ certification, certified }: CascadeReport): Markup {
  const mark = inlineMark(certified === null ? 'open' : 'proven')
  return markup`<p class="claim">${mark}<span dir="auto">${unbroken(shortened(certification.certificate.claim, MAX_CLAIM))}</span></p>`
}

function tableRow(step: CascadePoint, cascade: CascadeReport): readonly string[] {
  return [
    stepName(step, cascade.members.length),
    percent(step.accuracy),
    percent(step.escalatedShare),
    step.callsMean.toFixed(2),
    isCertified(step, cascade) ? 'yes' : '',
  ]
}

function isCertified({ agree }: CascadePoint, { certified }: CascadeReport): boolean {
  return certified !== null && certified.agree === agree
}

function stepName({ agree }: CascadePoint, members: number): string {
  if (agree > members) return 'always the reference'
  if (agree === 1) return members === 1 ? 'whenever it answers' : 'the first answer'
  if (agree < members) return `${agree} of ${members} agree`
  return members === 2 ? 'both agree' : `all ${agree} agree`
}

function picture(cascade: CascadeReport, id: string): Markup {
  const { steps, certification, n } = cascade
  const { epsilon, delta } = certification
  const curve = steps.map((step) => stepDot(step, cascade))
  const [never, always] = [steps[0]?.accuracy ?? 0, steps.at(-1)?.accuracy ?? 1]
  const level = Math.max(0, always - epsilon)
  const dots = [...curve, ...voteDot(cascade)]
  return labelledDots({
    id,
    title: 'Quality of the cascade against the share escalated',
    description: `From ${percent(never)} with nothing escalated to ${percent(always)} with everything, on ${count(n)} items.`,
    xTitle: unbroken(
      `Escalated, % of the items. Certificate: ε ${size(epsilon)}, δ ${confidencePercent(delta)}, n ${count(n)}`,
    ),
    yTitle: 'Quality, %',
    xTicks: [0, 25, 50, 75, 100].map((tick) => ({ x: xOf(tick / 100), text: String(tick) })),
    yTicks: percentTicks([...dots.map(({ y }) => y), level]),
    dots,
    curve,
    level: { y: level, text: unbroken(`${size(epsilon)} below`) },
  })
}

function stepDot(step: CascadePoint, cascade: CascadeReport): Dot {
  const { members, certification } = cascade
  const always = step.agree > members.length
  const certified = isCertified(step, cascade)
  const name = always ? `always ${certification.certificate.reference}` : stepName(step, members.length)
  return {
    x: xOf(step.escalatedShare),
    y: step.accuracy,
    mark: certified ? 'certified' : always ? 'reference' : 'step',
    label: { name: certified ? `certified: ${name}` : name, note: noteOf(step) },
  }
}

/** What is certified where it is no step of the curve: the vote of all members. */
function voteDot({ certified, members }: CascadeReport): readonly Dot[] {
  if (certified === null || certified.agree !== null) return []
  const label = { name: `certified: vote of ${members.length}`, note: noteOf(certified) }
  return [{ x: xOf(certified.escalatedShare), y: certified.accuracy, mark: 'certified', label }]
}

function noteOf({ accuracy, escalatedShare }: Pick<CascadePoint, 'accuracy' | 'escalatedShare'>): Content {
  return [
    unbroken(`${percent(accuracy)} · ${roughPercent(escalatedShare)}`),
    markup`<span class="wide"> escalated</span>`,
  ]
}

function xOf(share: number): number {
  return 0.03 + 0.94 * share
}
