import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { MusivumError } from '../../core/errors.ts'
import { makeFolder } from '../../store/make-folder.ts'
import { engineFolder, findEnginePackage } from './engine-package.ts'

export type GpuChoice = 'auto' | 'cuda' | 'vulkan' | 'metal' | 'none'

export type InstallOptions = {
  readonly home: string
  /** Also the build for this kind of graphics processor; `auto` takes what the machine seems to have. Default none. */
  readonly gpu?: GpuChoice
  readonly log: (line: string) => void
  readonly signal: AbortSignal
}

export type EngineStatus = {
  readonly installed: boolean
  readonly version: string | null
  readonly gpu: boolean
}

/** The only version this code is written and tested against: its internals move with llama.cpp. */
const VERSION = '3.22.1'

/**
 * Installs the library and the one build that fits this system into `<home>/engine`: about 85 MB, where a plain
 * install takes 725. Made beside it and moved into place whole, so that a broken download leaves what was there.
 *
 * @throws MusivumError `engine.not_installed` with what npm said
 */
export async function installEngine(options: InstallOptions): Promise<void> {
  const { home, log, signal } = options
  const packages = packagesFor(process.platform, process.arch, resolveGpu(options.gpu ?? 'none'))
  makeHome(home)
  const making = await mkdtemp(join(home, 'engine-making-'))
  try {
    await writeFile(join(making, 'package.json'), '{ "private": true }\n')
    await npmInstall(making, packages, log, signal)
    await moveIntoPlace(making, engineFolder(home))
  } finally {
    await rm(making, { recursive: true, force: true })
  }
}

function makeHome(home: string): void {
  try {
    makeFolder(home, 0o777)
  } catch (thrown) {
    const cause = thrown as NodeJS.ErrnoException
    throw notInstalled(`its folder cannot be made (${cause.code}); choose another with --home DIR`, cause)
  }
}

export async function engineInstalled(home: string): Promise<boolean> {
  return (await engineStatus(home)).installed
}

export async function engineStatus(home: string): Promise<EngineStatus> {
  try {
    const { entry, gpu } = findEnginePackage(home)
    const manifest = await readFile(join(dirname(fileURLToPath(entry)), '..', 'package.json'), 'utf8')
    const { version } = JSON.parse(manifest) as { readonly version?: string }
    return { installed: true, version: version ?? null, gpu }
  } catch (thrown) {
    if (thrown instanceof MusivumError) return { installed: false, version: null, gpu: false }
    throw thrown
  }
}

type Build = 'cuda' | 'vulkan' | 'metal' | 'none'

/**
 * The packages for a system.
 *
 * @throws MusivumError `engine.not_installed` where no ready-made build exists
 */
export function packagesFor(platform: string, arch: string, gpu: Build): readonly string[] {
  const base = BASE_BUILDS[`${platform}-${arch}`]
  if (base === undefined) {
    throw notInstalled(
      `there is no ready-made build for ${platform} on ${arch}; use a server such as llama-server instead`,
    )
  }
  return ['node-llama-cpp', ...[base, ...gpuBuilds(base, gpu)].map((name) => `@node-llama-cpp/${name}`)].map(
    (name) => `${name}@${VERSION}`,
  )
}

const BASE_BUILDS: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'linux-arm': 'linux-armv7l',
  'darwin-arm64': 'mac-arm64-metal',
  'darwin-x64': 'mac-x64',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
}

function gpuBuilds(base: string, gpu: Build): readonly string[] {
  if (gpu === 'none' || (gpu === 'metal' && base === 'mac-arm64-metal')) return []
  if (gpu === 'metal' || (base !== 'linux-x64' && base !== 'win-x64')) {
    throw notInstalled(`there is no ${gpu} build for ${base}`)
  }
  // The CUDA build is split in two because of a size limit of the registry.
  return gpu === 'cuda' ? [`${base}-cuda`, `${base}-cuda-ext`] : [`${base}-vulkan`]
}

function resolveGpu(choice: GpuChoice): Build {
  if (choice !== 'auto') return choice
  if (process.platform === 'darwin') return process.arch === 'arm64' ? 'metal' : 'none'
  if (process.arch !== 'x64') return 'none'
  if (NVIDIA_SIGNS.some((path) => existsSync(path))) return 'cuda'
  return VULKAN_SIGNS.some((path) => existsSync(path)) ? 'vulkan' : 'none'
}

const NVIDIA_SIGNS = ['/proc/driver/nvidia/version', String.raw`C:\Windows\System32\nvcuda.dll`]
const VULKAN_SIGNS = ['/dev/dri/renderD128', String.raw`C:\Windows\System32\vulkan-1.dll`]

const NPM_ARGUMENTS = [
  'install',
  '--omit=optional',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
]

function npmInstall(
  folder: string,
  packages: readonly string[],
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  log(`npm install ${packages.join(' ')}`)
  const windows = process.platform === 'win32'
  const npm = spawn(windows ? 'npm.cmd' : 'npm', [...NPM_ARGUMENTS, ...packages], {
    cwd: folder,
    shell: windows,
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let last = ''
  for (const stream of [npm.stdout, npm.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (line.trim() === '') return
      last = line
      log(line)
    })
  }
  return new Promise((resolve, reject) => {
    npm.once('error', (cause) => reject(notInstalled(`npm could not be run: ${cause.message}`, cause)))
    npm.once('close', (code) => {
      if (code === 0) resolve()
      else reject(notInstalled(`npm ended with code ${code ?? '?'}: ${last}`))
    })
  })
}

async function moveIntoPlace(making: string, place: string): Promise<void> {
  const old = `${making}-old`
  if (existsSync(place)) await rename(place, old)
  await rename(making, place)
  await rm(old, { recursive: true, force: true })
}

function notInstalled(why: string, cause?: Error): MusivumError {
  return new MusivumError(
    'engine.not_installed',
    `The embedded engine was not installed: ${why}.`,
    {},
    { cause },
  )
}
