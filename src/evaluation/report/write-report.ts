import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MusivumError } from '../../core/errors.ts'
import { reportPage } from './page/report-page.ts'
import { reportJson } from './report-json.ts'
import type { Report } from './report.ts'

/**
 * `report.html` and `report.json` in a folder, which is made when it is not there. Each file is the old one or the whole
 * new one, whatever happens in between.
 *
 * @throws MusivumError `request.invalid` when the folder cannot be written to
 */
export async function writeReport(folder: string, report: Report): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw unwritable(cause)
  })
  await writeWhole(join(folder, 'report.json'), `${JSON.stringify(reportJson(report))}\n`)
  await writeWhole(join(folder, 'report.html'), reportPage(report))
}

/** The page alone, as a file of the name given. */
export async function writeReportPage(file: string, report: Report): Promise<void> {
  await writeWhole(file, reportPage(report))
}

async function writeWhole(file: string, text: string): Promise<void> {
  const making = `${file}.${process.pid}.part`
  try {
    const handle = await open(making, 'w')
    try {
      await handle.writeFile(text)
      // Renamed before its bytes are on the disk, a file can be empty after a power cut.
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(making, file)
  } catch (cause) {
    await rm(making, { force: true })
    throw unwritable(cause)
  }
}

/** The code of the system and not its message, which names a path of this machine. */
function unwritable(cause: unknown): MusivumError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? 'unknown'
  const message = `the report cannot be written (${code}); expected a folder that is there and may be written to`
  return new MusivumError('request.invalid', message, {}, { cause })
}
