import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { CountReporter } from './test/setup/count-reporter.ts'

// A folder of this run's own: what a run that was killed left behind must not meet the next one, and nobody's /tmp fills up.
const scratch = mkdtempSync(join(tmpdir(), 'musivum-tests-'))
process.env['TMPDIR'] = scratch
process.once('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 3 }))

const exclude = ['**/node_modules/**', '**/dist/**']

export default defineConfig({
  test: {
    reporters: ['default', new CountReporter()],
    // A third of the time is waiting for child processes, browsers and disks: with as many workers as cores, a third of the
    // processors stood idle.
    maxWorkers: Math.max(3, Math.ceil(availableParallelism() * 0.75)),
    // Hundreds of tests start the command line, and most of its start is stripping types that were stripped before.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') },
    // One second, the default, is less than a process takes to start on a machine that does something else as well.
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['src/**/*.test.ts', 'console/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Apart, because only these need the official clients and a browser: a run of one folder of src/ must not
        // wait for an installation.
        extends: true,
        test: {
          name: 'whole',
          include: ['test/**/*.test.ts'],
          exclude,
          globalSetup: ['./test/setup/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
