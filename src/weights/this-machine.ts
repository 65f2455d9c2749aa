import { createHash } from 'node:crypto'
import { arch, cpus, platform, totalmem } from 'node:os'

/** What a speed depends on beside the weights, without anything that tells whose machine it is. */
export type Machine = {
  readonly system: string
  readonly processor: string
  readonly processors: number
  readonly memoryGib: number
}

export function thisMachine(): Machine {
  const processors = cpus()
  return {
    system: `${platform()} ${arch()}`,
    processor: processors[0]?.model.trim() ?? 'unknown',
    processors: processors.length,
    // Firmware keeps some of it, and not always as much.
    memoryGib: Math.round(totalmem() / 2 ** 30),
  }
}

/** Equal on machines whose measurements may stand for each other. */
export function machineFingerprint(machine: Machine): string {
  return createHash('sha256').update(JSON.stringify(machine)).digest('hex').slice(0, FINGERPRINT_CHARS)
}

const FINGERPRINT_CHARS = 16
