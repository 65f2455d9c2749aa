import { damaged } from './byte-cursor.ts'
import type { GgufHeader, GgufTensor } from './header.ts'

/**
 * Every tensor lies inside the file and on no other. A copy that was cut short loads up to the first missing page and
 * then kills the process: it is said before.
 *
 * @throws MusivumError `engine.weights_damaged`
 */
export function checkPlaces(header: GgufHeader, fileName: string): void {
  const { tensors, dataStart, fileBytes } = header
  const available = fileBytes - dataStart
  const outside = tensors.find(({ offset }) => offset > available)
  if (outside !== undefined) {
    throw damaged(
      fileName,
      `the tensor ${outside.name} starts at byte ${dataStart + outside.offset}, but the file has ${fileBytes}: the copy is incomplete or damaged.`,
    )
  }
  const needed = tensors.reduce((end, tensor) => Math.max(end, endOf(tensor)), 0)
  if (needed > available) {
    throw damaged(
      fileName,
      `the file has ${fileBytes} bytes but its tensors need ${dataStart + needed}: the copy is incomplete.`,
    )
  }
  checkOverlaps(header, fileName)
}

function checkOverlaps({ tensors, dataStart }: GgufHeader, fileName: string): void {
  let before: GgufTensor | undefined
  for (const tensor of tensors.toSorted((a, b) => a.offset - b.offset)) {
    if (before !== undefined && endOf(before) > tensor.offset) {
      throw damaged(
        fileName,
        `at byte ${dataStart + tensor.offset} the tensor ${tensor.name} begins inside ${before.name}, expected it after byte ${dataStart + endOf(before)}.`,
      )
    }
    before = tensor
  }
}

function endOf({ offset, bytes }: GgufTensor): number {
  return offset + bytes
}
