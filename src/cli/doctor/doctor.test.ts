import { describe, expect, test } from 'vitest'
import { checkGraphics, type SystemFiles } from './graphics.ts'
import { checkLimits } from './limits.ts'
import { nextStep, type Situation } from './next-step.ts'
import { checkThreads } from './threads.ts'

const GIB = 2 ** 30

describe('the threads of a model', () => {
  const machine = { allowed: [0, 1, 2, 3], quota: undefined, cores: 4, logical: 4 }

  test.each([
    [machine, '4 threads for a model: 4 physical cores'],
    [{ ...machine, cores: 2 }, '2 threads for a model: 2 physical cores behind 4 processors'],
    [{ ...machine, quota: 1.5 }, '1 thread for a model: the control group grants 1.5 processors of time'],
    [{ ...machine, quota: 0.5 }, '1 thread for a model: the control group grants 0.5 processors of time'],
    [
      { ...machine, allowed: [2, 3], cores: undefined },
      '2 threads for a model: this process may use 2 of 4 processors',
    ],
    [
      { allowed: undefined, quota: undefined, cores: undefined, logical: 8 },
      '8 threads for a model: 8 processors',
    ],
  ])('%# are explained by the limit that decides', (facts, says) => {
    expect(checkThreads(facts).says).toBe(
      `${says}; each model measures at its start whether fewer are faster`,
    )
  })
})

describe('the limits of control groups', () => {
  const group = (files: Readonly<Record<string, string>>) => (path: string) =>
    ({ '/proc/self/cgroup': '0::/a/b\n', '/proc/meminfo': 'MemAvailable: 8388608 kB\n', ...files })[path]

  test('none are said to be none', () => {
    expect(checkLimits(group({}))).toMatchObject({
      status: 'ok',
      says: 'none: no control group holds this process back',
      facts: { cpu_quota: null, memory_limit_bytes: null },
    })
  })

  test('a parent’s memory and a quota below one processor are found, and the quota is warned of', () => {
    const read = group({
      '/sys/fs/cgroup/a/b/cpu.max': '50000 100000\n',
      '/sys/fs/cgroup/a/b/memory.max': 'max\n',
      '/sys/fs/cgroup/a/memory.max': String(4 * GIB),
      '/sys/fs/cgroup/a/memory.current': String(1 * GIB),
    })
    expect(checkLimits(read)).toMatchObject({
      status: 'warn',
      says: '0.5 processors of time, 4.0 GiB of memory, of which 3.0 GiB can be had',
      facts: { cpu_quota: 0.5, memory_limit_bytes: 4 * GIB },
    })
  })
})

describe('graphics processors', () => {
  const machine = (files: Readonly<Record<string, string>>, system = 'linux x64'): SystemFiles => ({
    system,
    read: (file) => files[file],
    list: (folder) => [
      ...new Set(
        Object.keys(files).flatMap((file) =>
          file.startsWith(`${folder}/`) ? [file.slice(folder.length + 1).split('/')[0] ?? ''] : [],
        ),
      ),
    ],
  })
  const nvidia = machine({
    '/proc/driver/nvidia/gpus/0000:01:00.0/information': 'Model: \t NVIDIA L4\nIRQ: 99\n',
    '/sys/class/drm/renderD128/device/vendor': '0x10de\n',
  })
  const amd = machine({
    '/sys/class/drm/card0/device/vendor': '0x1002\n',
    '/sys/class/drm/renderD128/device/vendor': '0x1002\n',
    '/sys/class/drm/renderD128/device/mem_info_vram_total': `${16 * GIB}\n`,
  })
  const plain = { installed: true, gpu: false }

  test('one that the installed engine cannot use is a warning with the command that changes it', () => {
    expect(checkGraphics(plain, nvidia)).toEqual({
      check: 'gpu',
      status: 'warn',
      says: 'NVIDIA L4, but the engine is the build for the processor',
      next: '`musivum engine install --gpu auto` brings the build for it',
      facts: { cards: [{ name: 'NVIDIA L4', memory_bytes: null }] },
    })
  })

  test('its memory is said where the driver says it', () => {
    expect(checkGraphics({ installed: true, gpu: true }, amd)).toMatchObject({
      status: 'ok',
      says: 'AMD with 16.0 GiB',
    })
  })

  test('a virtual display is none', () => {
    const virtual = machine({ '/sys/class/drm/renderD128/device/vendor': '0x1af4\n' })
    expect(checkGraphics(plain, virtual).says).toBe('none found; models run on the processor')
    expect(checkGraphics(plain, machine({}, 'win32 x64')).says).toBe('not looked for on this system')
  })
})

describe('the next step', () => {
  const ready: Situation = {
    configIsRight: true,
    engineInstalled: true,
    homeIsWritable: true,
    models: [],
    asked: undefined,
    room: { memoryBytes: 16 * GIB, diskBytes: 100 * GIB, bandwidth: 100e9 },
  }

  test.each<[Partial<Situation>, string]>([
    [{ configIsRight: false, homeIsWritable: false }, '`musivum config check` says where it is wrong'],
    [{ homeIsWritable: false }, '--home DIR, or MUSIVUM_HOME in the environment'],
    [
      { models: ['ranker', 'clerk'], asked: 'clerk', engineInstalled: false },
      '`musivum up`, or `musivum ask --model clerk TEXT`',
    ],
    [{ models: ['ranker'] }, '`musivum up`'],
    [{ engineInstalled: false }, '`musivum engine install`'],
    [{}, '`musivum models pull hf:ggml-org/gpt-oss-20b-GGUF:MXFP4`'],
  ])('%# is the first that is missing', (situation, next) => {
    expect(nextStep({ ...ready, ...situation })).toMatchObject({ check: 'next step', status: 'ok', next })
  })

  test('weights come with what they take', () => {
    expect(nextStep(ready).says).toBe(
      'weights that do real work: gpt-oss-20b is 11.3 GiB to fetch, 11.9 GiB in memory with 8192 tokens of context, at most 39 tokens/s here',
    )
  })

  test('a machine that can hold none is told how much is missing', () => {
    const room = { memoryBytes: GIB, diskBytes: GIB, bandwidth: 10e9 }
    expect(nextStep({ ...ready, room })).toMatchObject({
      status: 'warn',
      says: 'the smallest open model needs 1.8 GiB of memory and there are 1.0 GiB, with 1.0 GiB of disk',
    })
  })
})
