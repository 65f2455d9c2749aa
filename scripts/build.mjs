import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { ensureConsoleBuilt, ensureInstalled, node24, root } from './bootstrap.mjs'
import { runMain, Stop } from './bootstrap/stop.mjs'

const dist = `${root}dist`
const command = `${dist}/cli/main.js`

// npm run build, and before every npm pack: dist/ as it is published. npm pack prints the tarball's name on standard
// output, so nothing here may write there.
await runMain(async () => {
  await ensureInstalled()
  rmSync(dist, { recursive: true, force: true })
  run('the compiler', [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}tsconfig.build.json`])
  run('the schema', [`${root}src/gateway/config/print-schema.ts`])
  if (!(await ensureConsoleBuilt()))
    throw new Stop('dist/ was not completed: the console could not be built.')
  copyPresets()
  cpSync(`${root}console/dist`, `${dist}/console`, { recursive: true })
  makeExecutable()
  return 0
})

/**
 * @param {string} what
 * @param {readonly string[]} args
 */
function run(what, args) {
  const { status } = spawnSync(node24(), args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Stop(`dist/ was not completed: ${what} failed, see above.`)
}

/** The compiler leaves what is no TypeScript where it is. */
function copyPresets() {
  const from = `${root}src/policy/presets`
  const presets = readdirSync(from).filter((name) => name.endsWith('.yaml'))
  if (presets.length === 0) throw new Stop('dist/ was not completed: there are no presets of policies.')
  for (const name of presets) cpSync(`${from}/${name}`, `${dist}/policy/presets/${name}`)
}

function makeExecutable() {
  if (!existsSync(command))
    throw new Stop('dist/ has no cli/main.js, which package.json names as the command.')
  if (!readFileSync(command, 'utf8').startsWith('#!/usr/bin/env node\n')) {
    throw new Stop('dist/cli/main.js does not begin with #!/usr/bin/env node, so a shell could not run it.')
  }
  chmodSync(command, 0o755)
}
