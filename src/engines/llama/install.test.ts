import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import { engineInstalled, engineStatus, installEngine, packagesFor } from './install.ts'

test.each([
  ['linux', 'x64', 'none', ['node-llama-cpp', '@node-llama-cpp/linux-x64']],
  [
    'linux',
    'x64',
    'cuda',
    [
      'node-llama-cpp',
      '@node-llama-cpp/linux-x64',
      '@node-llama-cpp/linux-x64-cuda',
      '@node-llama-cpp/linux-x64-cuda-ext',
    ],
  ],
  [
    'linux',
    'x64',
    'vulkan',
    ['node-llama-cpp', '@node-llama-cpp/linux-x64', '@node-llama-cpp/linux-x64-vulkan'],
  ],
  ['linux', 'arm64', 'none', ['node-llama-cpp', '@node-llama-cpp/linux-arm64']],
  ['darwin', 'arm64', 'metal', ['node-llama-cpp', '@node-llama-cpp/mac-arm64-metal']],
  [
    'win32',
    'x64',
    'cuda',
    [
      'node-llama-cpp',
      '@node-llama-cpp/win-x64',
      '@node-llama-cpp/win-x64-cuda',
      '@node-llama-cpp/win-x64-cuda-ext',
    ],
  ],
] as const)(
  '%s on %s with %s takes the library and only the builds that fit',
  (platform, arch, gpu, names) => {
    expect(packagesFor(platform, arch, gpu)).toEqual(names.map((name) => `${name}@3.22.1`))
  },
)

test.each([
  ['sunos', 'x64', 'none'],
  ['linux', 'arm64', 'cuda'],
  ['linux', 'x64', 'metal'],
] as const)('%s on %s with %s has no ready-made build, and that is said', (platform, arch, gpu) => {
  expect(() => packagesFor(platform, arch, gpu)).toThrow(MusivumError)
  expect(() => packagesFor(platform, arch, gpu)).toThrow(/there is no .*build for/)
})

test('an engine that came with us counts as installed, with its version', async () => {
  expect(await engineInstalled('/nonexistent')).toBe(true)
  expect(await engineStatus('/nonexistent')).toEqual({ installed: true, version: '3.22.1', gpu: false })
})

test('an install that is stopped leaves nothing behind', async () => {
  const home = await mkdtemp(join(tmpdir(), 'musivum-home-'))
  try {
    const install = installEngine({ home, log: () => undefined, signal: AbortSignal.abort() })
    await expect(install).rejects.toThrow(expect.objectContaining({ code: 'engine.not_installed' }))
    expect(await readdir(home)).toEqual([])
  } finally {
    await rm(home, { recursive: true })
  }
})

test.runIf(existsSync('/proc/self'))('a home that cannot be made is said at once', async () => {
  const install = installEngine({
    home: '/proc/self/home',
    log: () => undefined,
    signal: AbortSignal.abort(),
  })
  await expect(install).rejects.toThrow('its folder cannot be made (ENOENT); choose another with --home DIR')
})
