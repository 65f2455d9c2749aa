import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readJsonl } from './read-jsonl.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'musivum-lines-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function linesOf(file: string, bytes?: Uint8Array | string): Promise<readonly string[]> {
  if (bytes !== undefined) writeFileSync(join(folder, file), bytes)
  const lines: string[] = []
  const world = { cwd: folder, signal: new AbortController().signal }
  await readJsonl(file, world, (text, where) => lines.push(`${where.file}:${where.line} ${text}`))
  return lines
}

test('lines are numbered from 1, empty ones too, whether the last has a line break or not', async () => {
  expect(await linesOf('a', 'x\n\ny')).toEqual(['a:1 x', 'a:2 ', 'a:3 y'])
  expect(await linesOf('b', 'x\n\ny\n')).toEqual(['b:1 x', 'b:2 ', 'b:3 y'])
  expect(await linesOf('c', '')).toEqual([])
})

test('gzip is known by its content, several members in one file included, and a plain file may be named .gz', async () => {
  const packed = Buffer.concat([gzipSync('{"a":1}\n{"b"'), gzipSync(':2}\n')])
  expect(await linesOf('packed', packed)).toEqual(['packed:1 {"a":1}', 'packed:2 {"b":2}'])
  expect(await linesOf('plain.gz', '{"a":1}\n')).toEqual(['plain.gz:1 {"a":1}'])
})

test('lines and characters that lie across the borders of what is read at once come out whole', async () => {
  const long = 'ä€😀'.repeat(100_000)
  const lines = [long, 'short', `x${long}`, 'U+FFFD itself is text: \uFFFD']
  const expected = lines.map((line, place) => `long:${place + 1} ${line}`)
  expect(await linesOf('long', lines.join('\n'))).toEqual(expected)
  expect(await linesOf('long', gzipSync(lines.join('\n')))).toEqual(expected)
})

describe('a file that is no whole JSON Lines is named in one line', () => {
  const rows = Array.from({ length: 50_000 }, (_, row) => `{"row":${(row * 7919) % 50_021}}\n`).join('')
  const whole = gzipSync(rows)
  test.each([
    ['cut.gz', whole.subarray(0, whole.length / 2), /^cut\.gz:\d{4,}: the gzip file is cut off here/],
    ['tail.gz', whole.subarray(0, -4), /^tail\.gz:\d+: the gzip file is cut off here/],
    [
      'damaged.gz',
      Buffer.concat([whole.subarray(0, 20), Buffer.alloc(500, 0xff)]),
      /^damaged\.gz:1: the gzip file is damaged here/,
    ],
    ['other.gz', Buffer.from('PK\u0003\u0004'), /^other\.gz:1: the file is named \.gz and is no gzip file/],
    ['utf16', Buffer.from('\uFEFF{"a":1}\n', 'utf16le'), /^utf16:1: the line is not UTF-8/],
    ['endless', Buffer.alloc(5_000_000, 'x'), /^endless:1: the line is longer than 4194304 bytes/],
  ])('%s', async (file, bytes, line) => {
    await expect(linesOf(file, bytes)).rejects.toThrow(line)
  })

  test('a missing file and a folder', async () => {
    await expect(linesOf('absent')).rejects.toThrow('absent: there is no such file')
    await expect(linesOf('.')).rejects.toThrow('.: this is a folder')
  })

  test('a failure of whoever takes the lines is not told as one of the file', async () => {
    writeFileSync(join(folder, 'right'), 'x\n')
    const mistake = new RangeError('ours')
    const read = readJsonl('right', { cwd: folder, signal: new AbortController().signal }, () => {
      throw mistake
    })
    await expect(read).rejects.toBe(mistake)
  })
})

describe('progress', () => {
  async function shownFor(file: string, bytes: Uint8Array | string): Promise<readonly string[]> {
    writeFileSync(join(folder, file), bytes)
    const shown: string[] = []
    const world = { cwd: folder, signal: new AbortController().signal }
    await readJsonl(file, { ...world, progress: (text) => shown.push(text) }, () => undefined)
    return shown
  }

  test('of a large file says how much of it is read, rises, and ends with nothing', async () => {
    const shown = await shownFor('large', `${'x'.repeat(999)}\n`.repeat(12_000))
    const shares = shown.map((text) => Number(/^reading large: (\d+) %, line [\d,]+$/.exec(text)?.[1]))
    expect(shown.at(-1)).toBe('')
    expect(shares.slice(0, -1)).toEqual(shares.slice(0, -1).toSorted((a, b) => a - b))
    expect([shares.length > 10, shares.at(-2)]).toEqual([true, 100])
  })

  test('of a small file is nothing', async () => {
    expect(await shownFor('small', 'x\n')).toEqual([''])
  })
})
