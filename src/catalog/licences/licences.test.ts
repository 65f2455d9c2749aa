import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { families } from './families.ts'
import { findLicence, findLicenceByText, licences } from './find-licence.ts'
import { licenceCheck } from './licence-check.ts'
import type { LicenceRecord } from './licence-record.ts'

function record(id: string): LicenceRecord {
  const found = findLicence(id)
  if (found === undefined) throw new TypeError(`there is no record ${id}`)
  return found
}

const small = { country: 'IN', revenueUsd: 1_000_000, mau: 50_000 }

describe('the records', () => {
  test('every id and every other name is one record’s', () => {
    const names = licences.flatMap(({ id, aliases = [] }) => [id, ...aliases])
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter((name) => name !== name.toLowerCase())).toEqual([])
  })

  test('every family has a record', () => {
    expect(families.filter(({ licence }) => findLicence(licence) === undefined)).toEqual([])
  })

  test('each says where it was read, when, and how sure that is', () => {
    for (const { source, date, confidence } of licences) {
      expect(source).not.toBe('')
      expect(date).toMatch(/^\d{4}-\d{2}-\d{2}$/)
      expect(confidence).toMatch(/^[ABC]$/)
    }
  })

  test('a licence is known by its text, whatever the label says', () => {
    const text = readFileSync(new URL('../../../LICENSE', import.meta.url), 'utf8')
    expect(findLicenceByText(text)?.id).toBe('apache-2.0')
    expect(findLicenceByText(text.replaceAll('\n', '\r\n'))?.id).toBe('apache-2.0')
    expect(findLicenceByText(`${text} and one thing more`)).toBeUndefined()
  })
})

describe('a licence and an organisation', () => {
  test('a permissive licence fits whoever asks', () => {
    expect(licenceCheck(record('Apache-2.0'), {})).toMatchObject({ fits: true, conflicts: [], unknown: [] })
  })

  test('too many users, too much revenue, the wrong country and commerce are conflicts', () => {
    const conflicts = (id: string, more: object) => licenceCheck(record(id), { ...small, ...more }).conflicts
    expect(conflicts('llama-3.1', { mau: 700_000_001 })).toEqual([
      'nothing is granted above 700,000,000 monthly active users',
    ])
    expect(conflicts('llama-3.1', { mau: 700_000_000 })).toEqual([])
    expect(conflicts('devstral-2', { revenueUsd: 300_000_000 })).toEqual([
      'nothing is granted above 240,000,000 dollars of revenue in a year',
    ])
    expect(conflicts('llama-4', { country: 'de' })).toEqual(['nothing is granted to licensees in EU'])
    expect(conflicts('llama-4', {})).toEqual([])
    expect(conflicts('cc-by-nc-4.0', {})).toEqual(['commercial use is not granted'])
  })

  test('what nobody stated is not taken for fine', () => {
    expect(licenceCheck(record('llama-4'), {})).toMatchObject({
      fits: undefined,
      unknown: [
        'the monthly active users of the organisation: nothing is granted above 700,000,000',
        'the country of the organisation: nothing is granted in EU',
      ],
    })
    expect(licenceCheck(record('qwen-research'), { ...small }, 'non-commercial').fits).toBeUndefined()
  })

  test('answers of closed sellers do not train other models, answers of permissive weights do', () => {
    const trains = (id: string) => licenceCheck(record(id), small, 'train-on-outputs').conflicts
    for (const closed of [
      'openai-api',
      'anthropic-commercial',
      'gemini-api',
      'xai-api',
      'llama-2',
      'llama-3',
    ])
      expect(trains(closed), closed).toContain('outputs may not train other models')
    for (const open of ['apache-2.0', 'mit', 'kimi-k2', 'llama-3.3']) expect(trains(open), open).toEqual([])
  })

  test('duties are told: what users are told, and how derived models are called', () => {
    expect(licenceCheck(record('llama-3.1'), small).duties.slice(0, 2)).toEqual([
      'users are told: “Built with Llama” on a page about the product',
      'derived models: the name begins with “Llama”, also where only outputs were used and the model is given away',
    ])
  })
})
