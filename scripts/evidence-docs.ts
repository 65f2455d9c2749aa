import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../', import.meta.url))
const folder = join(root, 'docs/evidence')
const run = promisify(execFile)

/** Where the tables of the examples are; undefined where they are not. */
export function tablesFolder(): string | undefined {
  const path = process.env['MUSIVUM_TABLES'] ?? join(root, '../shared/data')
  return existsSync(join(path, 'zeroeval-gsm')) ? path : undefined
}

/** The pages whose examples end in what they print. */
export function evidencePages(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .filter((name) => EXAMPLE.test(pageText(name)))
}

export function pageText(name: string): string {
  return readFileSync(join(folder, name), 'utf8')
}

/** A shell block of one `musivum` command, and the block of text below it. */
const EXAMPLE = /^```sh\n(musivum [^]*?)\n```\n\n```text\n[^]*?^```$/m
const EXAMPLES = new RegExp(EXAMPLE.source, 'gm')

/** The page with every output as the commands print it now. */
export async function withOutputs(page: string, tables: string | undefined): Promise<string> {
  const workplace = mkdtempSync(join(tmpdir(), 'musivum-docs-'))
  try {
    const outputs: string[] = []
    for (const [, command = ''] of page.matchAll(EXAMPLES))
      outputs.push(await outputOf(command, tables, workplace))
    return page.replace(EXAMPLES, (_, command: string) => {
      const output = outputs.shift() ?? ''
      return `\`\`\`sh\n${command}\n\`\`\`\n\n\`\`\`text\n${output}\n\`\`\``
    })
  } finally {
    rmSync(workplace, { recursive: true, force: true })
  }
}

/** Microseconds are those of whichever machine it ran on; nothing else of an output may differ. */
async function outputOf(command: string, tables: string | undefined, cwd: string): Promise<string> {
  const own = join(root, 'models/')
  const words = command
    .replaceAll('\\\n', ' ')
    .split(/\s+/)
    .slice(1)
    .map((word) => word.replace(/^tables\//, `${tables ?? 'tables'}/`).replace(/^models\//, own))
  const main = join(root, 'src/cli/main.ts')
  // Not the home of whoever runs this: what he measured or configured is not what the page shows.
  const env = { ...process.env, MUSIVUM_HOME: join(cwd, 'home') }
  const { stdout } = await run(process.execPath, [main, ...words], { cwd, env, maxBuffer: 16 * 1024 * 1024 })
  return stdout
    .trimEnd()
    .replaceAll(`${tables ?? 'tables'}/`, 'tables/')
    .replaceAll(own, 'models/')
    .replace(/\d+ µs per prompt/g, 'n µs per prompt')
}

// `node scripts/evidence-docs.ts` brings the pages up to date.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const tables = tablesFolder()
  if (tables === undefined) throw new Error('no tables: set MUSIVUM_TABLES to the folder that holds them')
  for (const name of evidencePages())
    writeFileSync(join(folder, name), await withOutputs(pageText(name), tables))
}
