import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parse, YAMLParseError } from 'yaml'
import { z } from 'zod'
import { invalid, MusivumError } from '../../core/errors.ts'
import { compileCustom } from '../../privacy/recognise/custom-recognisers.ts'
import type { RecogniseOptions } from '../../privacy/recognise/recognise.ts'
import type { Terminal } from '../terminal.ts'

const recogniser = z.strictObject({
  entity: z.string(),
  pattern: z.string(),
  context: z.array(z.string()).exactOptional(),
  score: z.number().exactOptional(),
})

const document = z.strictObject({
  recognisers: z.array(recogniser).exactOptional(),
  /** Values that are nobody's. */
  allow: z.array(z.union([z.string(), z.number()])).exactOptional(),
  /** The form of the site's medical record numbers. */
  mrn: z.string().exactOptional(),
})

/** @throws MusivumError `request.invalid`: not there, not YAML, an unknown field, a pattern that does not compile */
export async function readRecognisers(file: string, { cwd }: Terminal): Promise<RecogniseOptions> {
  const text = await readFile(resolve(cwd, file), 'utf8').catch((cause: unknown) => {
    throw new MusivumError('request.invalid', `${file}: there is no such file; expected YAML`, {}, { cause })
  })
  const { recognisers = [], allow = [], mrn } = checked(file, yamlOf(file, text))
  for (const each of recognisers) compiled(file, () => compileCustom(each))
  return { custom: recognisers, allow: allow.map(String), ...(mrn !== undefined && { mrnPattern: mrn }) }
}

function compiled(file: string, compile: () => unknown): void {
  try {
    compile()
  } catch (thrown) {
    throw thrown instanceof MusivumError ? invalid(`${file}: ${thrown.message}`) : thrown
  }
}

function yamlOf(file: string, text: string): unknown {
  try {
    return parse(text) as unknown
  } catch (thrown) {
    if (!(thrown instanceof YAMLParseError)) throw thrown
    throw invalid(`${file}:${thrown.linePos?.[0].line ?? 1}: not YAML; ${thrown.code}`)
  }
}

function checked(file: string, value: unknown): z.infer<typeof document> {
  const result = document.safeParse(value ?? {})
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw invalid(`${file}: ${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'wrong form'}`)
}
