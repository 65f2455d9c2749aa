import type { WireChange } from '../../core/conversation.ts'

/** What a provider package says it left out or did in another way, told to the client like any change of ours. */
export function warningChanges(warnings: unknown): readonly WireChange[] {
  if (!Array.isArray(warnings)) return []
  const changes = (warnings as readonly unknown[]).slice(0, MAX_WARNINGS).map(changeOf)
  return [...new Map(changes.map((change) => [change.path, change])).values()]
}

// A request has a few dozen settings; a package that warns more often repeats itself.
const MAX_WARNINGS = 64

function changeOf(warning: unknown): WireChange {
  const { type, feature, setting, details, message } = (warning ?? {}) as Readonly<Record<string, unknown>>
  const named = typeof feature === 'string' ? feature : typeof setting === 'string' ? setting : ''
  const why = oneLine(details) || oneLine(message) || 'the provider does not support it'
  return { kind: type === 'unsupported' ? 'left-out' : 'changed', path: fieldOf(named), why }
}

/** `frequencyPenalty` as clients write it; text that is no field name may be anybody's. */
function fieldOf(feature: string): string {
  if (!/^[A-Za-z][\w.[\]]{0,63}$/.test(feature)) return '(request)'
  return NAMES[feature] ?? feature.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

const NAMES: Readonly<Record<string, string>> = { maxOutputTokens: 'max_tokens', stopSequences: 'stop' }

const MAX_WHY_CHARS = 160

function oneLine(text: unknown): string {
  return typeof text === 'string'
    ? text
        .replaceAll(/[\p{C}\s]+/gu, ' ')
        .trim()
        .slice(0, MAX_WHY_CHARS)
    : ''
}
