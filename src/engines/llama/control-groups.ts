import { readFileSync } from 'node:fs'

export type ReadText = (path: string) => string | undefined

/** What a limit of the system says in one of its files; undefined where there is no such file. */
export function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Not Linux, or no such controller: the caller treats a missing fact as unknown.
    return undefined
  }
}

/** A folder with the files of one controller. */
export type GroupFolder = { readonly version: 1 | 2; readonly folder: string }

/** Our control group and every one above it: a parent's limit binds its children. */
export function groupFolders(controller: 'cpu' | 'memory', read: ReadText): readonly GroupFolder[] {
  return parseGroups(read('/proc/self/cgroup') ?? '', controller).flatMap(({ version, controllers, path }) =>
    ancestors(path).map((ancestor) => ({
      version,
      folder: `/sys/fs/cgroup/${version === 2 ? '' : `${controllers}/`}${ancestor}`,
    })),
  )
}

type Group = { readonly version: 1 | 2; readonly controllers: string; readonly path: string }

/** Lines of /proc/self/cgroup: `0::/a/b` for version 2, `4:cpu,cpuacct:/a` for version 1. */
function parseGroups(text: string, controller: string): readonly Group[] {
  return text.split('\n').flatMap((line): Group[] => {
    const [id, controllers = '', path = ''] = line.split(':', 3)
    if (id === '0' && controllers === '') return [{ version: 2, controllers, path }]
    return controllers.split(',').includes(controller) ? [{ version: 1, controllers, path }] : []
  })
}

function ancestors(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '')
  return Array.from({ length: parts.length + 1 }, (_, cut) => parts.slice(0, parts.length - cut).join('/'))
}
