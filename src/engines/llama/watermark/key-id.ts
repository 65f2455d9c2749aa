import { createHmac } from 'node:crypto'

/** Names a key of watermarks without telling it: which one an answer was marked with, in its decision. */
export function watermarkKeyId(key: Uint8Array): string {
  return `wm-${createHmac('sha256', key).update('key id').digest('hex').slice(0, 12)}`
}
