import { z } from 'zod'
import type { MachineRate } from '../../catalog/machine-cost.ts'
import { mapping, number } from './schema-parts.ts'

/** What `machine` of `musivum.yaml` may say. */
export const machine = mapping({
  usd_per_hour: number(0.000_001, 1_000_000)
    .meta({
      description:
        'US dollars for an hour of this machine: its rent, or what it cost by the hours it will run. A year has 8,760.',
    })
    .exactOptional(),
  usd_per_kwh: number(0.000_001, 1000)
    .meta({
      description:
        'US dollars for a kilowatt-hour, where the hour does not include electricity. Counted while a model works, from measured joules or `watts`.',
    })
    .exactOptional(),
  watts: number(0.001, 10_000_000)
    .meta({
      description:
        'What the machine draws while a model works, by a meter. Default: what the energy counters of the processor said when it was measured.',
    })
    .exactOptional(),
  pue: number(1, 10)
    .meta({
      description: 'Kilowatt-hours paid for each one that the machine draws: cooling, conversion. Default 1.',
    })
    .exactOptional(),
  busy_share: number(0.001, 1)
    .meta({
      description:
        'What the machine really does of what it could do with all slots busy, night and weekend included. Default 1, a machine that never waits: the least that a token can cost. Machines of one’s own are often below 0.2.',
    })
    .exactOptional(),
})
  .refine((entry) => entry.usd_per_hour !== undefined || entry.usd_per_kwh !== undefined, {
    error: '`usd_per_hour`, `usd_per_kwh` or both',
  })
  .refine((entry) => entry.usd_per_kwh !== undefined || entry.watts === undefined, {
    path: ['watts'],
    error: '`usd_per_kwh` beside it',
  })
  .refine((entry) => entry.usd_per_kwh !== undefined || entry.pue === undefined, {
    path: ['pue'],
    error: '`usd_per_kwh` beside it',
  })

export const machineKeys: readonly string[] = Object.keys(machine.shape)

export function machineRate(entry: z.infer<typeof machine>): MachineRate {
  return {
    usdPerHour: entry.usd_per_hour ?? 0,
    ...(entry.usd_per_kwh !== undefined && { usdPerKwh: entry.usd_per_kwh }),
    ...(entry.watts !== undefined && { watts: entry.watts }),
    pue: entry.pue ?? 1,
    busyShare: entry.busy_share ?? 1,
  }
}
