import { readdirSync, readFileSync } from 'node:fs'
import { arch, platform } from 'node:os'
import { bytes } from '../quantities.ts'
import { ok, warn, type Finding } from './finding.ts'

/** The system's files, so that a test can be another machine. */
export type SystemFiles = {
  readonly system: string
  readonly list: (folder: string) => readonly string[]
  readonly read: (file: string) => string | undefined
}

export type EngineBuild = { readonly installed: boolean; readonly gpu: boolean }

/** Graphics processors that models could use, and whether the engine that is installed can use them. */
export function checkGraphics(engine: EngineBuild, files: SystemFiles = ofThisMachine()): Finding {
  const cards = cardsOf(files)
  const facts = { cards: cards.map(({ name, memoryBytes }) => ({ name, memory_bytes: memoryBytes ?? null })) }
  if (cards.length === 0) {
    const looked = files.system.startsWith('linux') || files.system === 'darwin arm64'
    return ok(
      'gpu',
      looked ? 'none found; models run on the processor' : 'not looked for on this system',
      facts,
    )
  }
  const says = cards
    .map(({ name, memoryBytes }) => (memoryBytes === undefined ? name : `${name} with ${bytes(memoryBytes)}`))
    .join(', ')
  if (!engine.installed || engine.gpu) return ok('gpu', says, facts)
  const next = '`musivum engine install --gpu auto` brings the build for it'
  return warn('gpu', `${says}, but the engine is the build for the processor`, next, facts)
}

type Card = { readonly name: string; readonly memoryBytes?: number }

function cardsOf(files: SystemFiles): readonly Card[] {
  // Every Mac with this processor has one, and it uses the memory of the machine.
  if (files.system === 'darwin arm64') return [{ name: 'Apple, by Metal' }]
  const nvidia = nvidiaCards(files)
  // The driver of its maker shows up among the rendering devices too.
  return [...nvidia, ...renderingCards(files).filter(({ name }) => nvidia.length === 0 || name !== 'NVIDIA')]
}

function nvidiaCards({ list, read }: SystemFiles): readonly Card[] {
  const folder = '/proc/driver/nvidia/gpus'
  return list(folder).map((card) => {
    const model = /^Model:\s*(.+)$/m.exec(read(`${folder}/${card}/information`) ?? '')?.[1]
    return { name: model ?? 'NVIDIA' }
  })
}

/** By the PCI numbers of their makers; virtual displays have others. */
const MAKERS: Readonly<Record<string, string>> = { '0x10de': 'NVIDIA', '0x1002': 'AMD', '0x8086': 'Intel' }

function renderingCards({ list, read }: SystemFiles): readonly Card[] {
  return list('/sys/class/drm').flatMap((entry): readonly Card[] => {
    if (!entry.startsWith('renderD')) return []
    const device = `/sys/class/drm/${entry}/device`
    const name = MAKERS[read(`${device}/vendor`)?.trim() ?? '']
    const memoryBytes = Number(read(`${device}/mem_info_vram_total`) ?? Number.NaN)
    if (name === undefined) return []
    return [Number.isFinite(memoryBytes) ? { name, memoryBytes } : { name }]
  })
}

function ofThisMachine(): SystemFiles {
  const orNothing = <T>(look: () => T): T | undefined => {
    try {
      return look()
    } catch {
      // No such driver, or not for us to see: a machine without that card.
      return undefined
    }
  }
  return {
    system: `${platform()} ${arch()}`,
    list: (folder) => orNothing(() => readdirSync(folder).toSorted()) ?? [],
    read: (file) => orNothing(() => readFileSync(file, 'utf8')),
  }
}
