import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { STARTER_S1 } from '../starter-engine.conformance.ts'

/** The smallest starter with another chat template: as good as any model for how calls are written, and for nothing else. */
export function starterWithTemplate(template: string): {
  readonly weights: string
  readonly remove: () => void
} {
  const folder = mkdtempSync(join(tmpdir(), 'musivum-tools-'))
  const weights = join(folder, 'starter.gguf')
  writeFileSync(weights, withTemplate(readFileSync(STARTER_S1), template))
  return { weights, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

const KEY = 'tokenizer.chat_template'

/** The template replaced, and padded so that the tensors stay where their offsets expect them: on a multiple of 32. */
function withTemplate(bytes: Buffer, template: string): Buffer {
  const at = bytes.indexOf(KEY) + KEY.length + 4
  const before = Number(bytes.readBigUInt64LE(at))
  const text = Buffer.from(template)
  const padding = (32 - ((text.length - before + 32 * before) % 32)) % 32
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length + padding))
  const padded = Buffer.concat([text, Buffer.alloc(padding, ' ')])
  return Buffer.concat([bytes.subarray(0, at), length, padded, bytes.subarray(at + 8 + before)])
}
