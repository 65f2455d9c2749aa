import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { MusivumError } from '../../core/errors.ts'
import { buildReport } from './build-report.ts'
import { taskOf, twoSmallOnesAndAReference } from './report.fixture.ts'
import { writeReport } from './write-report.ts'

const folder = mkdtempSync(join(tmpdir(), 'musivum-report-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const report = buildReport([taskOf(100, twoSmallOnesAndAReference)], { reference: 'r', members: ['a', 'b'] })

test('a folder gets both files whole, over old ones too, and nothing else is left in it', async () => {
  const place = join(folder, 'new', 'run-1')
  await writeReport(place, report)
  writeFileSync(join(place, 'report.html'), 'old')
  await writeReport(place, report)
  expect(readdirSync(place).toSorted()).toEqual(['report.html', 'report.json'])
  expect(readFileSync(join(place, 'report.html'), 'utf8')).toMatch(/^<!doctype html>.*<\/html>\n$/s)
  expect(JSON.parse(readFileSync(join(place, 'report.json'), 'utf8'))).toMatchObject({
    kind: 'musivum-report',
    version: 1,
    settings: { reference: 'r', members: ['a', 'b'] },
    tasks: [{ task: 't', cascade: { members: ['a', 'b'] } }],
  })
})

test('a place that cannot be written to is one line without a path of this machine', async () => {
  const file = join(folder, 'a-file')
  writeFileSync(file, '')
  const problem = await writeReport(join(file, 'below'), report).catch((thrown: unknown) => thrown)
  expect(problem).toBeInstanceOf(MusivumError)
  expect((problem as MusivumError).message).toMatch(/^the report cannot be written \(E[A-Z]+\); expected /)
  expect((problem as MusivumError).message).not.toContain(folder)
})
