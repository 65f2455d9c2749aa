import { jsonOption, type Arguments, type Option } from './command.ts'
import { numberOption, wholeNumberOption } from './parse-arguments.ts'

export const outcomesOption: Option = {
  name: 'outcomes',
  value: 'FILE',
  about: 'Outcomes as JSON Lines, packed as .gz or not; may be given several times.',
  repeats: true,
}
export const taskOption: Option = {
  name: 'task',
  value: 'NAME',
  about: 'Only this task; else each one that has all the models.',
}
export const clusterOption: Option = {
  name: 'cluster',
  about: 'Take items with the same "cluster" as dependent; without it every item counts as independent.',
}
export const confidenceOption: Option = {
  name: 'confidence',
  value: 'SHARE',
  about: 'Of intervals and verdicts, from 0.5 to 0.9999; 0.95 unless given.',
}
export const seedOption: Option = {
  name: 'seed',
  value: 'NUMBER',
  about: 'Of everything drawn; the same seed gives the same report. 1 unless given.',
}

/** What every command with intervals takes, in the order of its help. */
export const statisticsOptions: readonly Option[] = [clusterOption, confidenceOption, seedOption, jsonOption]

export function confidenceOf(args: Arguments): number {
  return numberOption(args, 'confidence', 0.5, 0.9999) ?? 0.95
}

export function seedOf(args: Arguments): number {
  return wholeNumberOption(args, 'seed', 0, 2 ** 32 - 1) ?? 1
}
