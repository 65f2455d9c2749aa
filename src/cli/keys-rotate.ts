import { invalid } from '../core/errors.ts'
import { systemClock } from '../gateway/system-ports.ts'
import { withAccounts } from './account-files.ts'
import { onlyOperand } from './account-options.ts'
import { shownMoment, spanMs } from './account-times.ts'
import { EXIT, jsonOption, type Arguments, type Command } from './command.ts'
import { homeOption, setVariable } from './gateway-settings.ts'
import { keyJson, secretText } from './keys-words.ts'
import { hasSwitch, textOption } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

export const keysRotate: Command = {
  name: 'keys rotate',
  summary: 'Make a new secret for a key and say it, once.',
  operand: 'ID',
  options: [
    {
      name: 'grace',
      value: 'SPAN',
      about: 'How long the old secret stays good, up to 7d; not at all unless given.',
    },
    homeOption,
    jsonOption,
  ],
  examples: [
    {
      line: 'musivum keys rotate mv-a1b2c3d4e5 --grace 1h',
      about: 'with an hour to bring the new one everywhere',
    },
  ],
  run,
}

const MAX_GRACE_MS = 7 * 86_400_000

function run(args: Arguments, terminal: Terminal): Promise<number> {
  const id = onlyOperand(keysRotate, args)
  const graceMs = graceOf(args)
  return withAccounts(args, terminal, (accounts) => {
    const { key, secret } = accounts.rotateKey(id, graceMs)
    const nowMs = systemClock.now()
    if (hasSwitch(args, 'json')) {
      terminal.write(`${JSON.stringify({ key: keyJson(key, nowMs), secret })}\n`)
      return EXIT.ok
    }
    const old = graceMs === 0 ? 'from now on' : `from ${shownMoment(nowMs + graceMs)} UTC on`
    const port = setVariable(terminal.env, 'MUSIVUM_PORT') ?? '4000'
    terminal.write(`key ${key.id} "${key.name}" has a new secret; the old one is refused ${old}\n\n`)
    terminal.write(secretText(secret, port))
    return EXIT.ok
  })
}

function graceOf(args: Arguments): number {
  const text = textOption(args, 'grace')
  const graceMs = text === undefined ? 0 : spanMs('--grace', text)
  if (graceMs <= MAX_GRACE_MS) return graceMs
  throw invalid(`--grace: expected at most 7d, not "${text}"`)
}
