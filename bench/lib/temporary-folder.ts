import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that is gone when the benchmark ends. */
export function temporaryFolder(purpose: string): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), `musivum-bench-${purpose}-`))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
