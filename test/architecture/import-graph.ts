import { posix } from 'node:path'
import { importsOf, type Import } from './imports.ts'
import { sourceOf } from './tracked-files.ts'

/** One import between two files of this repository. */
export type Edge = { readonly importer: string; readonly target: string; readonly found: Import }

/** The imports of these files that lead to a file of this repository; packages and `node:` modules are left out. */
export function edgesOf(files: readonly string[]): Edge[] {
  return files.flatMap((importer) =>
    importsOf(sourceOf(importer)).flatMap((found) => {
      if (found.from === undefined || !found.from.startsWith('.')) return []
      return [{ importer, target: posix.join(posix.dirname(importer), found.from), found }]
    }),
  )
}

/**
 * One cycle as the list of its files, the first repeated at the end; undefined when there is none. An import of a
 * file's own types counts as well: it ties the two files together for a reader all the same.
 */
export function cycleIn(edges: readonly Edge[]): string[] | undefined {
  const targets = Map.groupBy(edges, (edge) => edge.importer)
  const done = new Set<string>()
  const path: string[] = []

  function visit(file: string): string[] | undefined {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    path.push(file)
    for (const edge of targets.get(file) ?? []) {
      const cycle = visit(edge.target)
      if (cycle !== undefined) return cycle
    }
    path.pop()
    done.add(file)
    return undefined
  }

  for (const file of targets.keys()) {
    const cycle = visit(file)
    if (cycle !== undefined) return cycle
  }
  return undefined
}
