import { expect, test } from 'vitest'
import { freeMemory } from './free-memory.ts'

const GIB = 1024 ** 3
const reader = (files: Record<string, string>) => (path: string) => files[path]

const meminfo = 'MemTotal:       16777216 kB\nMemFree:         1048576 kB\nMemAvailable:    8388608 kB\n'

test('without a control group the system says what is available', () => {
  expect(freeMemory(reader({ '/proc/meminfo': meminfo }))).toBe(8 * GIB)
})

test('the tightest group on the way up counts, and pages of files in it are free', () => {
  const files = {
    '/proc/meminfo': meminfo,
    '/proc/self/cgroup': '0::/pod/box\n',
    '/sys/fs/cgroup/pod/box/memory.max': 'max\n',
    '/sys/fs/cgroup/pod/box/memory.current': `${GIB}\n`,
    '/sys/fs/cgroup/pod/memory.max': `${4 * GIB}\n`,
    '/sys/fs/cgroup/pod/memory.current': `${3 * GIB}\n`,
    '/sys/fs/cgroup/pod/memory.stat': `anon ${GIB}\nactive_file ${GIB / 2}\ninactive_file ${GIB / 4}\n`,
  }
  expect(freeMemory(reader(files))).toBe(1.75 * GIB)
})

test('groups of version 1 have other names and say "no limit" as a huge number', () => {
  const files = {
    '/proc/meminfo': meminfo,
    '/proc/self/cgroup': '4:memory:/docker/x\n0::/\n',
    '/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes': `${2 * GIB}`,
    '/sys/fs/cgroup/memory/docker/x/memory.usage_in_bytes': `${GIB}`,
    '/sys/fs/cgroup/memory/docker/x/memory.stat': `inactive_file 7\ntotal_inactive_file ${GIB / 2}\n`,
    '/sys/fs/cgroup/memory//memory.limit_in_bytes': '9223372036854771712',
    '/sys/fs/cgroup/memory//memory.usage_in_bytes': `${12 * GIB}`,
  }
  expect(freeMemory(reader(files))).toBe(1.5 * GIB)
})

test('a group over its limit has nothing left, and not less', () => {
  const files = {
    '/proc/meminfo': meminfo,
    '/proc/self/cgroup': '0::/box\n',
    '/sys/fs/cgroup/box/memory.max': `${GIB}`,
    '/sys/fs/cgroup/box/memory.current': `${2 * GIB}`,
  }
  expect(freeMemory(reader(files))).toBe(0)
})

test('a system without these files leaves it to the runtime', () => {
  expect(freeMemory(() => undefined)).toBeGreaterThan(0)
})
