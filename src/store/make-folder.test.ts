import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { makeFolder } from './make-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'make-folder-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('a folder', () => {
  test('is made with those above it, for its owner only, and again without harm', () => {
    const path = join(folder, 'a', 'b', 'c')
    makeFolder(path)
    makeFolder(path)
    expect(statSync(path).isDirectory()).toBe(true)
    expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o700)
  })

  test('below a file is refused', () => {
    writeFileSync(join(folder, 'file'), '')
    for (const path of ['file', 'file/x', 'file/x/y'])
      expect(() => makeFolder(join(folder, path))).toThrow(/^(?:EEXIST|ENOTDIR)/)
  })

  test.runIf(existsSync('/proc/self'))('where none can be made is refused at once', () => {
    expect(() => makeFolder('/proc/self/home/weights/blobs')).toThrow(/^ENOENT/)
  })
})
