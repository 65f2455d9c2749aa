/**
 * The names under which one model may be written, the most exact first: as it is, without the path or the vendor in front
 * of it, without the date and version behind it. Fine-tuned models have prices of their own, and no other names.
 */
export function idsOf(seller: string, model: string): readonly string[] {
  const id = model.toLowerCase()
  if (id.startsWith('ft:')) return [id]
  const names = new Set<string>([id])
  const bare = withoutPlace(seller, id)
  for (const name of [bare, dashed(seller, bare)]) {
    names.add(name)
    names.add(withoutDate(name))
  }
  return [...names]
}

const PATHS = /^(?:models|publishers\/[^/]+\/models|projects\/.*\/models|accounts\/[^/]+\/models)\//
const ARN = /^arn:[^/]+\//

function withoutPlace(seller: string, id: string): string {
  const name = id.replace(ARN, '').replace(PATHS, '')
  if (seller === 'bedrock')
    return name
      .replace(PROFILE, '')
      .replace(/:\d+$/, '')
      .replace(/-v\d+$/, '')
  // `openai/gpt-5.4` at OpenAI itself, as routers write it; elsewhere the slash is part of the name.
  return name.startsWith(`${seller}/`) ? name.slice(seller.length + 1) : name
}

/** Inference profiles of Bedrock: `us.anthropic.claude-…` is the same model in a place that was asked for. */
const PROFILE = /^(us-gov|us|eu|apac|ap|jp|au|ca|sa|me|af|in|global)\./

/** The place in the id of a Bedrock profile, or nothing: `eu`, `global`. */
export function profileOf(model: string): string | undefined {
  return PROFILE.exec(model.toLowerCase().replace(ARN, ''))?.[1]
}

/** Claude's versions are written with dots and with dashes. */
function dashed(seller: string, id: string): string {
  return id.includes('claude') || seller === 'anthropic' ? id.replaceAll(/(?<=\d)\.(?=\d)/g, '-') : id
}

const DATES = [
  // gpt-5.4-2026-03-05, claude-sonnet-4-5-20250929, claude-sonnet-4-5@20250929
  /[-@](?:20\d{2}-\d{2}-\d{2}|20\d{6})$/,
  // gemini-2.5-flash-preview-09-2025
  /-preview-\d{2}-20\d{2}$/,
  // gemini-2.5-flash-001
  /-00\d$/,
] as const

function withoutDate(id: string): string {
  for (const date of DATES) if (date.test(id)) return id.replace(date, '')
  return id
}
