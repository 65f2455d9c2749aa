import { FIRST_CONTEXT, firstWeights, leastMemoryBytes, type Room } from '../../catalog/fit/first-weights.ts'
import { bytes } from '../quantities.ts'
import type { Finding } from './finding.ts'

/** What the other checks found, as far as it decides what is best done next. */
export type Situation = {
  readonly configIsRight: boolean
  readonly engineInstalled: boolean
  /** Models that can be asked and are no toys: configured, pulled, or of a server on this machine. */
  readonly models: readonly string[]
  /** The first of them that writes; undefined: none does. */
  readonly asked: string | undefined
  readonly homeIsWritable: boolean
  readonly room: Room
}

/** One thing to do, the first that is missing, with its size. */
export function nextStep(situation: Situation): Finding {
  const { configIsRight, engineInstalled, homeIsWritable, models, asked } = situation
  if (!configIsRight)
    return step('correct the configuration', '`musivum config check` says where it is wrong')
  if (!homeIsWritable)
    return step('give Musivum a folder it may write to', '--home DIR, or MUSIVUM_HOME in the environment')
  if (models.length > 0) {
    const ready = models.length === 1 ? 'one model is' : `${models.length} models are`
    const ask = asked === undefined ? '' : `, or \`musivum ask --model ${asked} TEXT\``
    return step(`start: ${ready} ready to be asked`, `\`musivum up\`${ask}`)
  }
  if (!engineInstalled) return step('bring the engine, about 85 MB', '`musivum engine install`')
  return pullStep(situation.room)
}

function pullStep(room: Room): Finding {
  const found = firstWeights(room)
  if (found === undefined) {
    const least = `the smallest open model needs ${bytes(leastMemoryBytes())} of memory and there are ${bytes(room.memoryBytes)}`
    const next =
      'name a model on another server in musivum.yaml, or give this machine more; the starters show how it works'
    return {
      check: 'next step',
      status: 'warn',
      says: `${least}, with ${bytes(room.diskBytes)} of disk`,
      next,
    }
  }
  const { name, source, downloadBytes, memoryBytes, tokensPerSecondBound } = found
  const says = [
    `weights that do real work: ${name} is ${bytes(downloadBytes)} to fetch`,
    `${bytes(memoryBytes)} in memory with ${FIRST_CONTEXT} tokens of context`,
    `at most ${speed(tokensPerSecondBound)} tokens/s here`,
  ].join(', ')
  return {
    ...step(says, `\`musivum models pull ${source}\``),
    facts: {
      model: name,
      source,
      download_bytes: downloadBytes,
      memory_bytes: memoryBytes,
      tokens_per_s_bound: Number(tokensPerSecondBound.toPrecision(4)),
    },
  }
}

function speed(tokensPerSecond: number): string {
  return tokensPerSecond < 10 ? tokensPerSecond.toPrecision(2) : String(Math.round(tokensPerSecond))
}

function step(says: string, next: string): Finding {
  return { check: 'next step', status: 'ok', says, next }
}
