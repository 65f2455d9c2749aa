import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { configJsonSchema, schemaFile } from './print-schema.ts'

test('the published schema is up to date (node src/gateway/config/print-schema.ts)', () => {
  expect(readFileSync(schemaFile, 'utf8')).toBe(configJsonSchema())
})

test('every key of a model says what it is for', () => {
  const undescribed: string[] = []
  const walk = (node: unknown, path: string) => {
    if (typeof node !== 'object' || node === null) return
    if ('properties' in node && typeof node.properties === 'object' && node.properties !== null) {
      for (const [key, value] of Object.entries(node.properties)) {
        if (!hasDescription(value)) undescribed.push(`${path}.${key}`)
      }
    }
    for (const [key, value] of Object.entries(node)) walk(value, `${path}.${key}`)
  }
  walk(JSON.parse(configJsonSchema()), '')
  expect(undescribed).toEqual([])
})

function hasDescription(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'description' in value
}
