import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** Debian's package with the JSON Schema Test Suite in it, newer drafts included. */
const PACKAGE = 'libtest-json-schema-acceptance-perl'
const SHARE = 'usr/share/perl5/auto/share/dist/Test-JSON-Schema-Acceptance/tests'

/** The folder `tests` of the JSON Schema Test Suite, where `MUSIVUM_SCHEMA_SUITE` names it or Debian has it. */
export function foundSuite(): string | undefined {
  const named = process.env['MUSIVUM_SCHEMA_SUITE']
  return [named, join('/', SHARE)].find(
    (folder) => folder !== undefined && existsSync(join(folder, 'draft2020-12')),
  )
}

/** Unpacks Debian's package into `folder`, without the forty packages that its Perl asks for; undefined where that fails. */
export function unpackedSuite(folder: string): string | undefined {
  const suite = join(folder, SHARE)
  if (existsSync(suite)) return suite
  mkdirSync(folder, { recursive: true })
  const download = `apt-get download -q ${PACKAGE}`
  const command = `(${download} || (apt-get update -q && ${download})) && dpkg-deb -x ${PACKAGE}_*.deb .`
  spawnSync('sh', ['-c', command], { cwd: folder, stdio: 'ignore', timeout: 60_000 })
  return existsSync(suite) ? suite : undefined
}
