import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { MusivumError } from '../../core/errors.ts'

export type EnginePackage = {
  /** `file:` URL of the library's entry. */
  readonly entry: string
  /** A build for a graphics processor is installed beside it. */
  readonly gpu: boolean
}

/**
 * Where the embedded engine is: put into `<home>/engine` by `musivum engine install`, or installed with us. What somebody
 * installed on purpose, perhaps with a GPU build, comes first.
 *
 * @throws MusivumError `engine.not_installed`
 */
export function findEnginePackage(home: string): EnginePackage {
  for (const from of [pathToFileURL(join(engineFolder(home), 'from-here.js')).href, import.meta.url]) {
    const entry = resolveFrom(from)
    if (entry !== undefined) return { entry: pathToFileURL(entry).href, gpu: hasGpuBuild(entry) }
  }
  throw new MusivumError(
    'engine.not_installed',
    'The embedded engine is not installed; `musivum engine install` brings it (about 85 MB).',
  )
}

export function engineFolder(home: string): string {
  return join(home, 'engine')
}

function resolveFrom(url: string): string | undefined {
  try {
    return createRequire(url).resolve('node-llama-cpp')
  } catch {
    // Not found from there; the caller looks in the next place and says so when there is none.
    return undefined
  }
}

const GPU_BUILDS = ['linux-x64-cuda', 'linux-x64-vulkan', 'win-x64-cuda', 'win-x64-vulkan', 'mac-arm64-metal']

/** A package of that name may be an empty stand-in that keeps half a gigabyte out; a real one carries `bins`. */
function hasGpuBuild(entry: string): boolean {
  const scope = join(dirname(entry), '..', '..', '@node-llama-cpp')
  return GPU_BUILDS.some((build) => existsSync(join(scope, build, 'bins')))
}
