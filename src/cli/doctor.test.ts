import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { commandLine } from './command-line.conformance.ts'
import type { Finding } from './doctor/finding.ts'

const { run, folder } = commandLine()
writeFileSync(join(folder, 'wrong.yaml'), 'models:\n  clerk: { engine: llama, weihgts: x.gguf }\n  b: 3\n')
writeFileSync(join(folder, 'file'), 'no folder')
mkdirSync(join(folder, 'broken/weights/models'), { recursive: true })
writeFileSync(join(folder, 'broken/weights/models/old.json'), '{')

async function examine(options: string) {
  const { code, out } = await run(`doctor --port 0 --json ${options}`)
  const { healthy, findings } = JSON.parse(out) as { healthy: boolean; findings: readonly Finding[] }
  for (const { says } of findings) expect(says).toMatch(/^[^\r\n]{3,400}$/)
  const of = (check: string) => findings.filter((finding) => finding.check === check)
  return { code, healthy, of, checks: findings.map(({ check }) => check) }
}

describe('doctor, when something is broken,', () => {
  test('says what is wrong with the configuration, line by line, and goes on with the rest', async () => {
    const { code, healthy, of, checks } = await examine('--config wrong.yaml')
    expect({ code, healthy }).toEqual({ code: 1, healthy: false })
    expect(of('config').map(({ says }) => says)).toEqual([
      'wrong.yaml:2: models.clerk.weihgts: unknown key; did you mean weights?',
      expect.stringMatching(/^wrong\.yaml:3: models\.b: /),
    ])
    expect(of('answer')).toMatchObject([
      { status: 'warn', says: 'not tried until the configuration is right' },
    ])
    expect(of('next step')).toMatchObject([{ says: 'correct the configuration' }])
    expect(checks).toEqual(expect.arrayContaining(['threads', 'limits', 'gpu', 'engine', 'starter models']))
  })

  test('says that the home folder cannot be written', async () => {
    const { code, of } = await examine('--home file/home')
    expect(code).toBe(1)
    expect(of('home')).toMatchObject([{ status: 'problem', says: 'the home folder cannot be written' }])
    expect(of('answer')).toMatchObject([{ says: 'not tried until the home folder can be written' }])
    expect(of('next step')).toMatchObject([{ says: 'give Musivum a folder it may write to' }])
  })

  test('says which weights on the shelf cannot be used', async () => {
    const { of } = await examine('--home broken --config wrong.yaml')
    const [shelf] = of('shelf')
    expect(shelf?.status).toBe('warn')
    expect(shelf?.says).toMatch(/^empty, .* free for weights; 1 cannot be used$/)
    expect(shelf?.next).toContain('old.json')
  })
})
