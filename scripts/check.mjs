import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { ensureConsoleBuilt, ensureInstalled, root } from './bootstrap.mjs'
import { runMain } from './bootstrap/stop.mjs'

/** What `npm run check` runs, in this order: the cheap and the likely to fail first. */
const steps = [
  { name: 'types', script: 'types' },
  { name: 'lint', script: 'lint' },
  { name: 'format', script: 'format:check' },
  { name: 'unused', script: 'unused' },
  { name: 'console size', script: 'size' },
  { name: 'tests', script: 'test' },
]

await runMain(async () => {
  await ensureInstalled()
  if (existsSync(`${root}console/index.html`)) await ensureConsoleBuilt()
  // --static leaves the tests to whoever runs them anyway, as .ci/run does.
  const wanted = process.argv.includes('--static') ? steps.filter((step) => step.name !== 'tests') : steps
  const results = []
  for (const step of wanted) results.push(await run(step))
  return summarise(results)
})

/** @param {{ name: string, script: string }} step */
async function run({ name, script }) {
  console.log(`\n== ${name}`)
  const startedMs = Date.now()
  const exitCode = await npmRun(script)
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1)
  console.log(`== ${name}: ${exitCode === 0 ? 'good' : 'FAILED'}, ${seconds} s`)
  return { name, seconds, isGood: exitCode === 0 }
}

/** @param {readonly { name: string, seconds: string, isGood: boolean }[]} results */
function summarise(results) {
  console.log('\n== summary')
  for (const { name, seconds, isGood } of results) {
    console.log(`${isGood ? 'good  ' : 'FAILED'}  ${name.padEnd(14)}${seconds.padStart(7)} s`)
  }
  return results.every((result) => result.isGood) ? 0 : 1
}

/**
 * @param {string} script
 * @returns {Promise<number>}
 */
function npmRun(script) {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '--silent', script], {
      cwd: root,
      stdio: 'inherit',
      shell: process.platform === 'win32',
    })
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}
