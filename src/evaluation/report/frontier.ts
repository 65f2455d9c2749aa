import type { Contender, FrontierPoint, ModelColumn } from './report.ts'

type Bare = Omit<FrontierPoint, 'best'>

/** Every model and plan with quality, cost and latency, and which of them no other one beats. */
export function frontierOf(
  models: readonly ModelColumn[],
  plans: readonly Contender[],
  reference: string,
): readonly FrontierPoint[] {
  const bare = [
    ...models.flatMap((column) => modelPoint(column, reference)),
    ...plans.flatMap((plan) => planPoint(plan)),
  ]
  return bare.map((point) => ({
    ...point,
    best: {
      onCost: isUnbeaten(point, bare, ['costUsd']),
      onLatency: isUnbeaten(point, bare, ['latencyP50Ms']),
      onBoth: isUnbeaten(point, bare, ['costUsd', 'latencyP50Ms']),
    },
  }))
}

function modelPoint({ model, mean, costUsd, latencyP50Ms }: ModelColumn, reference: string): readonly Bare[] {
  const kind = model === reference ? 'reference' : 'model'
  return mean === null ? [] : [{ kind, name: model, label: model, quality: mean, costUsd, latencyP50Ms }]
}

function planPoint({ name, label, comparison, costUsd, latencyP50Ms }: Contender): readonly Bare[] {
  const { mean } = comparison.candidate
  return mean === null ? [] : [{ kind: 'plan', name, label, quality: mean, costUsd, latencyP50Ms }]
}

type Axis = 'costUsd' | 'latencyP50Ms'

/** Pareto: none of the others is as good or better on every axis, and better on one. Unknown beats nobody. */
function isUnbeaten(point: Bare, others: readonly Bare[], axes: readonly Axis[]): boolean {
  return axes.every((axis) => point[axis] !== null) && !others.some((other) => beats(other, point, axes))
}

function beats(a: Bare, b: Bare, axes: readonly Axis[]): boolean {
  const gains = [a.quality - b.quality, ...axes.map((axis) => gainOn(a, b, axis))]
  return gains.every((gain) => gain >= 0) && gains.some((gain) => gain > 0)
}

function gainOn(a: Bare, b: Bare, axis: Axis): number {
  return (b[axis] ?? Number.NaN) - (a[axis] ?? Number.NaN)
}
