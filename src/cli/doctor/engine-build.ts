import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findEnginePackage } from '../../engines/llama/engine-package.ts'
import { engineStatus, type EngineStatus } from '../../engines/llama/install.ts'
import { ok, problem, warn, type Finding } from './finding.ts'

/** The embedded engine: which version, and the ready-made builds that lie beside it. */
export async function checkEngine(
  home: string,
): Promise<{ readonly finding: Finding; readonly status: EngineStatus }> {
  const status = await engineStatus(home)
  return { status, finding: status.installed ? installed(home, status) : absent() }
}

function absent(): Finding {
  // Not a problem: the first `up` or `ask` brings it, and models of servers need none.
  const next = '`musivum up` and `musivum ask` bring it (about 85 MB), and so does `musivum engine install`'
  return warn('engine', 'the embedded engine is not installed', next)
}

function installed(home: string, { version, gpu }: EngineStatus): Finding {
  const packageFolder = join(dirname(fileURLToPath(findEnginePackage(home).entry)), '..')
  const builds = buildsBeside(packageFolder)
  const says = `node-llama-cpp ${version}`
  if (builds.length === 0) {
    const next = '`musivum engine install` brings the build for this system (about 85 MB)'
    return problem('engine', `${says} is there, but no build of it`, next)
  }
  const release = releaseOf(packageFolder)
  const of = release === undefined ? '' : ` of llama.cpp ${release}`
  const facts = { version, builds: [...builds], llama_cpp: release ?? null }
  return ok(
    'engine',
    `${says}, ${gpu ? 'with a GPU build' : 'for the processor'}: ${builds.join(', ')}${of}`,
    facts,
  )
}

/** A package may be an empty stand-in that keeps half a gigabyte out; a real one carries `bins`. */
function buildsBeside(packageFolder: string): readonly string[] {
  const scope = join(packageFolder, '..', '@node-llama-cpp')
  return foldersIn(scope).flatMap((build) => foldersIn(join(scope, build, 'bins')))
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted()
  } catch {
    // No build of that kind: the caller says so when there is none at all.
    return []
  }
}

function releaseOf(packageFolder: string): string | undefined {
  try {
    const text = readFileSync(join(packageFolder, 'llama', 'binariesGithubRelease.json'), 'utf8')
    const { release } = JSON.parse(text) as { readonly release?: unknown }
    return typeof release === 'string' ? release : undefined
  } catch {
    // A build from elsewhere does not say; the version of the library is said all the same.
    return undefined
  }
}
