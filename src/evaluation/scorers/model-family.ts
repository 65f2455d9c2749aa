/** Words in the names of models, by who trained them. Names lie at times; a task file may say better. */
const FAMILIES: Readonly<Record<string, RegExp>> = {
  gpt: /gpt|(?<![a-z0-9])o[1345](?![a-z0-9])/,
  claude: /claude/,
  gemini: /gemini/,
  gemma: /gemma/,
  llama: /llama|vicuna|alpaca/,
  mistral: /mistral|mixtral|mathstral|codestral|ministral|magistral|devstral|pixtral/,
  qwen: /qwen|qwq/,
  phi: /(?<![a-z])phi(?![a-z])/,
  deepseek: /deepseek/,
  command: /command-|c4ai|aya-/,
  yi: /(?<![a-z])yi(?![a-z])/,
  glm: /glm/,
  grok: /grok/,
  jamba: /jamba/,
  granite: /granite/,
  nova: /(?<![a-z])nova(?![a-z])/,
  starter: /(?<![a-z])starter(?![a-z])/,
}

/** The family that a model's name speaks of: the first in the name, as "deepseek-r1-distill-llama" speaks of two; '' for none. */
export function modelFamily(name: string): string {
  const small = name.toLowerCase()
  const found = Object.entries(FAMILIES).flatMap(([family, words]) => {
    const at = small.search(words)
    return at < 0 ? [] : [{ family, at }]
  })
  return found.sort((a, b) => a.at - b.at)[0]?.family ?? ''
}
