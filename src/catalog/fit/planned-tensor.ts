/** A tensor that a file of this model has, before anybody chose how its numbers are written. */
export type PlannedTensor = {
  readonly name: string
  readonly shape: readonly number[]
}
