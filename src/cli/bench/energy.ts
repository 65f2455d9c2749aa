import { readdirSync, readFileSync } from 'node:fs'

/** Joules that the processors of this machine used since it began, by the counters of the system. */
export type EnergyMeter =
  | { readonly kind: 'meter'; readonly begin: () => () => number }
  | { readonly kind: 'none'; readonly why: string }

export type EnergyFiles = {
  readonly list: (folder: string) => readonly string[]
  readonly read: (file: string) => string
}

/** One counter for each processor package, in microjoules; its parts are counted in it. */
export function energyMeter(files: EnergyFiles = systemFiles): EnergyMeter {
  let packages: readonly Counter[]
  try {
    packages = files
      .list(FOLDER)
      .filter((name) => /^intel-rapl:\d+$/.test(name))
      .map((name) => counterOf(files, `${FOLDER}/${name}`))
  } catch (thrown) {
    const denied = thrown instanceof Error && 'code' in thrown && thrown.code === 'EACCES'
    return { kind: 'none', why: denied ? 'the energy counters may only be read by root' : ABSENT }
  }
  if (packages.length === 0) return { kind: 'none', why: ABSENT }
  return {
    kind: 'meter',
    begin() {
      const before = packages.map(({ read }) => read())
      return () =>
        packages.reduce((sum, { read, wrap }, index) => sum + since(before[index] ?? 0, read(), wrap), 0) /
        1e6
    },
  }
}

const FOLDER = '/sys/class/powercap'
const ABSENT = 'this machine has no energy counters (intel-rapl)'

type Counter = { readonly read: () => number; readonly wrap: number }

function counterOf({ read }: EnergyFiles, folder: string): Counter {
  const wrap = Number(read(`${folder}/max_energy_range_uj`))
  const counter = { read: () => Number(read(`${folder}/energy_uj`)), wrap }
  // Told before anything is measured when it may not be read.
  counter.read()
  return counter
}

/** The counter begins again at 0 beyond its range. */
function since(before: number, now: number, wrap: number): number {
  return now >= before ? now - before : now + wrap - before
}

const systemFiles: EnergyFiles = {
  list: (folder) => readdirSync(folder),
  read: (file) => readFileSync(file, 'utf8'),
}
