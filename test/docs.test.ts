import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseConfig } from '../src/gateway/config/parse-config.ts'
import { startGateway, type RunningGateway } from '../src/gateway/gateway.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const guideText = (name: string): string => readFileSync(join(root, 'docs', name), 'utf8')
const guides = readdirSync(join(root, 'docs')).filter(
  (name) => name.endsWith('.md') && guideText(name).includes('```yaml'),
)
const run = promisify(execFile)

/** The fenced examples of one language. */
function examples(language: string, text = readme): readonly string[] {
  return Array.from(
    text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm')),
    ([, text = '']) => text,
  )
}

describe.each(guides)('docs/%s', (guide) => {
  test('its configurations are right', () => {
    for (const text of examples('yaml', guideText(guide)))
      expect(parseConfig(text), text).toMatchObject({ kind: 'parsed' })
  })
})

describe('the README does what it says', () => {
  const home = mkdtempSync(join(tmpdir(), 'musivum-readme-'))
  let gateway: RunningGateway
  const here = (text: string): string => text.replaceAll('http://127.0.0.1:4000', gateway.url)

  beforeAll(async () => {
    gateway = await startGateway({ home, cwd: home, port: 0, env: {}, log: () => undefined })
  })
  afterAll(async () => {
    await gateway.close(0)
    rmSync(home, { recursive: true, force: true })
  })

  test.each(examples('yaml'))('a configuration in it is right: %#', (text) => {
    expect(parseConfig(text)).toMatchObject({ kind: 'parsed' })
  })

  test('its first commands are scripts of this package', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>
    }
    const commands = Array.from(examples('sh')[0]?.matchAll(/^npm (\w+)/gm) ?? [], ([, name = '']) => name)
    expect(commands).toEqual(['start', 'test'])
    for (const command of commands) expect(scripts).toHaveProperty(command)
  })

  test('its curl line answers as printed', async () => {
    const [line] = examples('sh').filter((text) => text.startsWith('curl'))
    const { stdout } = await run('bash', ['-c', `${here(line ?? '')}`.replace('curl ', 'curl -s ')])
    expect(JSON.parse(stdout)).toMatchObject({ choices: [{ message: { content: 'laboratory' } }] })
  })

  test('its JavaScript runs with the official client', async () => {
    // Beside the clients' own node_modules, because that is where an application would find them.
    const file = join(root, 'test/clients', `readme-example-${process.pid}.local.mjs`)
    writeFileSync(file, here(examples('js')[0] ?? ''))
    try {
      const { stdout } = await run(process.execPath, [file])
      expect(stdout).toMatch(/^\d+$/)
    } finally {
      rmSync(file)
    }
  })

  test('its command line answers', async () => {
    const question = /npm run -s musivum -- (ask '[^']+')/.exec(readme)?.[1] ?? ''
    const command = `"${process.execPath}" src/cli/main.ts ${question}`
    const { stdout } = await run('bash', ['-c', command], {
      cwd: root,
      env: { ...process.env, MUSIVUM_HOME: home },
    })
    expect(stdout.trim()).toBe('fr')
  })

  // 960 answers of models with a few million parameters each.
  test('its evidence run ends in the verdicts it shows', { timeout: 240_000 }, async () => {
    const [, task = ''] = /npm run -s musivum -- evidence run (\S+)/.exec(readme) ?? []
    const args = [
      join(root, 'src/cli/main.ts'),
      'evidence',
      'run',
      task,
      '--home',
      home,
      '--out',
      join(home, 'out'),
    ]
    const { stdout } = await run(process.execPath, args, { cwd: root })
    const shown = examples('text')[0]?.trim().split('\n') ?? []
    expect(shown.length).toBe(3)
    for (const line of shown) expect(stdout).toContain(line)
  })

  test('every file it points to is there', () => {
    const links = Array.from(readme.matchAll(/\]\((?!https?:)([^)#]+)/g), ([, link = '']) => link)
    expect(links.length).toBeGreaterThan(5)
    for (const link of links) expect(existsSync(join(root, link)), link).toBe(true)
  })
})
