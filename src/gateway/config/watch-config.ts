import { lstatSync, statSync, watch, type FSWatcher } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { toMusivumError } from '../../core/errors.ts'
import { measuredFolder } from '../../weights/measurements.ts'
import { shelfOf } from '../../weights/shelf.ts'
import {
  findConfigFile,
  loadConfigFile,
  type ConfigOptions,
  type ConfigSnapshot,
  type FoundFile,
} from './load-config.ts'

export type WatchedConfig = {
  /** The last good snapshot. */
  readonly current: () => ConfigSnapshot
  /** One line with file:line while the file on disk is wrong, else null. */
  readonly problem: () => string | null
  readonly onChange: (listener: (change: ConfigChange) => void) => void
  /** Reads the file now: for SIGHUP, and for file systems that report no changes. */
  readonly reload: () => void
  readonly close: () => void
}

export type ConfigChange =
  | { readonly kind: 'loaded'; readonly snapshot: ConfigSnapshot }
  /** The file is wrong; the snapshot before it stays in force. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** The file says again what the snapshot in force says. */
  | { readonly kind: 'mended' }

export type WatchOptions = ConfigOptions & {
  /** One line for the operator about every change. */
  readonly log?: (line: string) => void
}

/**
 * Keeps the configuration in step with its file. A wrong file never takes a good snapshot away, and a save that changes
 * nothing is not a change.
 *
 * @throws MusivumError `config.invalid` when already the first load fails.
 */
export function watchConfig(options: WatchOptions): WatchedConfig {
  // The file of rules that was named last: it stays watched while it, or the configuration, is wrong.
  let policyFile: string | undefined
  const load = (file: FoundFile | null): ConfigSnapshot =>
    loadConfigFile(file, { ...options, onPolicyFile: (path) => (policyFile = path) })
  let found = findConfigFile(options)
  let current = load(found)
  let problem: string | null = null
  const listeners: ((change: ConfigChange) => void)[] = []

  function reload(): void {
    const change = whatChanged()
    watchRules()
    if (change === undefined) return
    for (const line of linesAbout(change)) options.log?.(line)
    for (const listener of listeners) listener(change)
  }

  function whatChanged(): ConfigChange | undefined {
    const before = problem
    try {
      // A file that was in force and is gone is a problem, not a wish for no models: editors remove before they write.
      found ??= findConfigFile(options)
      const snapshot = load(found)
      problem = null
      if (!says(snapshot, current)) {
        current = snapshot
        return { kind: 'loaded', snapshot }
      }
      return before === null ? undefined : { kind: 'mended' }
    } catch (thrown) {
      problem = toMusivumError(thrown).message
      return problem === before ? undefined : { kind: 'refused', problem }
    }
  }

  const stop = watchFiles(watchedFiles(found?.path, options), reload)
  // A manifest is renamed into its folder, which changes the folder's own time; it may not exist yet.
  const stopShelf = poll(shelfOf(options.home).models, reload)
  // So is what `models bench` measured.
  const stopMeasured = poll(measuredFolder(options.home), reload)
  let watchedRules: string | undefined
  let stopRules = (): void => undefined
  function watchRules(): void {
    if (policyFile === undefined || policyFile === watchedRules) return
    stopRules()
    watchedRules = policyFile
    stopRules = watchFiles([policyFile], reload)
  }
  watchRules()

  return {
    current: () => current,
    problem: () => problem,
    onChange: (listener) => void listeners.push(listener),
    reload,
    close() {
      stop()
      stopShelf()
      stopMeasured()
      stopRules()
    },
  }
}

function linesAbout(change: ConfigChange): readonly string[] {
  switch (change.kind) {
    case 'loaded': {
      const { file, version, warnings } = change.snapshot
      const from = file === null ? '' : `, read from ${file}`
      return [`configuration ${version} is in force${from}`, ...warnings]
    }
    case 'refused':
      return [`${change.problem}; the configuration before it stays in force`]
    case 'mended':
      return ['the configuration on disk is right again and says what is in force']
    default:
      return change satisfies never
  }
}

function says(snapshot: ConfigSnapshot, other: ConfigSnapshot): boolean {
  const same = (key: 'file' | 'version') => snapshot[key] === other[key]
  // Weights that were missing and now exist change what can be answered, though the file says the same.
  return same('file') && same('version') && snapshot.warnings.join('\n') === other.warnings.join('\n')
}

function watchedFiles(path: string | undefined, { cwd, home }: ConfigOptions): readonly string[] {
  return path === undefined ? [join(cwd, 'musivum.yaml'), join(home, 'musivum.yaml')] : [path]
}

/** Calls `changed` once things are quiet after any of the files was written, replaced or removed. */
function watchFiles(files: readonly string[], changed: () => void): () => void {
  let quiet: NodeJS.Timeout | undefined
  const later = () => {
    clearTimeout(quiet)
    quiet = setTimeout(changed, QUIET_MS).unref()
  }
  const stops = files.map((file) => watchOne(file, later))
  return () => {
    clearTimeout(quiet)
    for (const stop of stops) stop()
  }
}

// An editor writes in several steps (truncate, write, rename) within a few milliseconds; reading in between would
// report half a file as a mistake of the user.
const QUIET_MS = 100

/** The folder is watched, not the file: an editor that replaces the file by renaming would leave us watching the old one. */
function watchOne(file: string, changed: () => void): () => void {
  // What a link points to is replaced in another folder, as Kubernetes does with its ConfigMaps.
  if (isLink(file)) return poll(file, changed)
  let watcher: FSWatcher
  try {
    // The home folder also holds logs, which are written all the time.
    watcher = watch(dirname(file), { persistent: false }, (_, name) => {
      if (name === null || name === basename(file)) changed()
    })
  } catch {
    // No such folder yet, or the system is out of watches.
    return poll(file, changed)
  }
  let stop = () => watcher.close()
  watcher.on('error', () => {
    watcher.close()
    stop = poll(file, changed)
  })
  return () => stop()
}

function isLink(file: string): boolean {
  try {
    return lstatSync(file).isSymbolicLink()
  } catch {
    // Not there, or below something that is no folder, which whoever writes there says.
    return false
  }
}

function poll(file: string, changed: () => void): () => void {
  // The first look always reads: the file may have changed between the load and the start of the watch.
  let before = ''
  const timer = setInterval(() => {
    const now = stamp(file)
    if (now !== before) changed()
    before = now
  }, POLL_MS).unref()
  return () => clearInterval(timer)
}

// One `stat` call each; nobody waits longer than this for a saved change to be in force.
const POLL_MS = 2000

function stamp(file: string): string {
  try {
    const { dev, ino, size, mtimeMs } = statSync(file)
    return `${dev}:${ino}:${size}:${mtimeMs}`
  } catch {
    return 'gone'
  }
}
