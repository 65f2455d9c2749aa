import { describe, expect, test } from 'vitest'
import {
  parseAllowedProcessors,
  parseCpuMax,
  parsePhysicalCores,
  readThreadFacts,
  usableThreads,
} from './threads.ts'

describe('the threads worth using', () => {
  test.each([
    [
      'all processors, when nothing limits them',
      { allowed: undefined, quota: undefined, cores: undefined, logical: 8 },
      8,
    ],
    ['no more than processors allowed', { allowed: [0, 3], quota: undefined, cores: 8, logical: 16 }, 2],
    [
      'no more than time granted, rounded down',
      { allowed: [0, 1, 2, 3], quota: 2.9, cores: 4, logical: 4 },
      2,
    ],
    ['no more than physical cores', { allowed: [0, 1, 2, 3], quota: undefined, cores: 2, logical: 4 }, 2],
    ['one, when less than one is granted', { allowed: [0], quota: 0.25, cores: 1, logical: 1 }, 1],
  ])('are %s', (_, facts, expected) => {
    expect(usableThreads(facts)).toBe(expected)
  })
})

describe('what the system says', () => {
  test('lists of processors are ranges and single numbers', () => {
    expect(parseAllowedProcessors('Name:\tx\nCpus_allowed_list:\t0-2,7\nMems:\t0')).toEqual([0, 1, 2, 7])
    expect(parseAllowedProcessors('Name:\tx')).toBeUndefined()
  })

  test('hyper-threads of one core count once, and only among the allowed', () => {
    const cpuinfo = [0, 1, 2, 3]
      .map((id) => `processor\t: ${id}\nphysical id\t: 0\ncore id\t\t: ${id % 2}`)
      .join('\n\n')
    expect(parsePhysicalCores(cpuinfo, undefined)).toBe(2)
    expect(parsePhysicalCores(cpuinfo, [0, 2])).toBe(1)
    expect(parsePhysicalCores('processor\t: 0\nBogoMIPS\t: 50', undefined)).toBeUndefined()
  })

  test('a quota is a share of a period, and `max` is none', () => {
    expect(parseCpuMax('150000 100000\n')).toBe(1.5)
    expect(parseCpuMax('max 100000')).toBeUndefined()
    expect(parseCpuMax('')).toBeUndefined()
  })

  test('the tightest quota on the way to the root of a version 2 group counts', () => {
    const files: Record<string, string> = {
      '/proc/self/status': 'Cpus_allowed_list:\t0-7\n',
      '/proc/self/cgroup': '0::/pod/box\n',
      '/sys/fs/cgroup/pod/box/cpu.max': 'max 100000',
      '/sys/fs/cgroup/pod/cpu.max': '300000 100000',
    }
    expect(usableThreads(readThreadFacts((path) => files[path]))).toBe(3)
  })

  test('a version 1 group is read where its controllers are mounted', () => {
    const files: Record<string, string> = {
      '/proc/self/status': 'Cpus_allowed_list:\t0-7\n',
      '/proc/self/cgroup': '5:cpu,cpuacct:/docker/x\n4:memory:/docker/x\n',
      '/sys/fs/cgroup/cpu,cpuacct/docker/x/cpu.cfs_quota_us': '-1',
      '/sys/fs/cgroup/cpu,cpuacct//cpu.cfs_quota_us': '200000',
      '/sys/fs/cgroup/cpu,cpuacct//cpu.cfs_period_us': '100000',
    }
    expect(usableThreads(readThreadFacts((path) => files[path]))).toBe(2)
  })

  test('a system without these files leaves it to the runtime', () => {
    const facts = readThreadFacts(() => undefined)
    expect(facts).toMatchObject({ allowed: undefined, quota: undefined, cores: undefined })
    expect(usableThreads(facts)).toBe(facts.logical)
  })
})
