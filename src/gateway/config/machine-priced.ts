import { machinePrice, wattsOf, type MachineRate, type MeasuredSpeed } from '../../catalog/machine-cost.ts'
import { runsHere, type Model } from '../../catalog/model.ts'
import { findSpeed, type SpeedFinding, type Unmeasured } from '../../weights/measured-speed.ts'
import { machineFingerprint, thisMachine } from '../../weights/this-machine.ts'
import type { Path } from './yaml-places.ts'

export type MachinePriced = {
  readonly models: readonly Model[]
  /** One line for each reason why models that run here are charged nothing, or not all. */
  readonly warnings: readonly Note[]
}

type Note = { readonly path: Path; readonly text: string }

/**
 * The models with what was measured of those that run here; with a rate, those that are owned get the price that follows. A
 * model without a measurement stays as it is: owned, and charged nothing.
 */
export function machinePriced(
  models: readonly Model[],
  rate: MachineRate | undefined,
  home: string,
): MachinePriced {
  const machine = machineFingerprint(thisMachine())
  const priced = models.map((model) => pricedModel(model, rate, speedHere(model, home, machine)))
  return {
    models: priced.map(({ model }) => model),
    warnings: rate === undefined ? [] : warningsOf(priced),
  }
}

function speedHere({ binding }: Model, home: string, machine: string): SpeedFinding | undefined {
  return runsHere(binding) ? findSpeed(home, binding, machine) : undefined
}

type Lacks = Unmeasured | 'no-energy' | 'no-electricity' | 'too-dear'
type Priced = { readonly model: Model; readonly lacks?: Lacks }

function pricedModel(model: Model, rate: MachineRate | undefined, found: SpeedFinding | undefined): Priced {
  if (found === undefined) return { model }
  const measured = found.kind === 'measured' ? { ...model, measured: found.speed } : model
  if (rate === undefined || model.price.kind !== 'owned') return { model: measured }
  if (found.kind === 'unmeasured') return { model, lacks: found.because }
  return withPrice(measured, rate, found.speed)
}

function withPrice(model: Model, rate: MachineRate, speed: MeasuredSpeed): Priced {
  const price = machinePrice(model.name, rate, speed)
  if (typeof price === 'string') return { model, lacks: price }
  const priced = { ...model, price }
  const whole = rate.usdPerKwh === undefined || wattsOf(rate, speed) !== null
  return whole ? { model: priced } : { model: priced, lacks: 'no-electricity' }
}

const NOTHING = 'charged nothing'

/** Each continues "NAMES are ". */
const LACKS: Readonly<Record<Lacks, (name: string) => string>> = {
  never: (name) => `${NOTHING}: \`musivum models bench ${name}\` would make the cost known`,
  'other-settings': (name) =>
    `${NOTHING}: measured with other settings; \`musivum models bench ${name}\` measures these`,
  'too-short': () => `${NOTHING}: when measured, the answers ended too soon to say how fast they are written`,
  'writes-nothing': () => `${NOTHING}: only models that write text can be measured`,
  'no-hash': (name) =>
    `${NOTHING}: give \`sha256\`, which \`musivum models bench ${name}\` prints, so that it is known what was measured`,
  'no-energy': () => `${NOTHING}: no joules could be measured; state \`watts\` or \`usd_per_hour\``,
  'no-electricity': () => 'charged without electricity: no joules could be measured; state `watts`',
  'too-dear': () => `${NOTHING}: a million tokens would cost more than a million dollars`,
}

function warningsOf(priced: readonly Priced[]): readonly Note[] {
  const lacking = priced.filter(({ lacks }) => lacks !== undefined)
  // Toys are named only where there is nothing else to measure.
  const real = lacking.filter(({ model }) => model.origin !== 'starter')
  const anyReal = priced.some(({ model }) => model.origin !== 'starter' && runsHere(model.binding))
  return [...Map.groupBy(anyReal ? real : lacking, ({ lacks }) => lacks)].flatMap(([lacks, group]) =>
    lacks === undefined
      ? []
      : [
          {
            path: ['machine'],
            text: lineOf(
              lacks,
              group.map(({ model }) => model.name),
            ),
          },
        ],
  )
}

const MOST_NAMES = 4

function lineOf(lacks: Lacks, names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ')
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''
  const [only = 'NAME', ...others] = names
  return others.length === 0
    ? `${only} is ${LACKS[lacks](only)}`
    : `${shown}${more} are ${LACKS[lacks]('NAME')}`
}
