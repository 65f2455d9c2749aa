/**
 * Names for keys that stood in a file. The keys themselves are only compared: they go into no text, no message and no
 * file, so whoever runs the gateway sets these variables.
 */
export type KeyVariables = {
  /** The variable for this key: the usual one for the first key of a provider, `…_2` for the next. */
  readonly variableFor: (literal: string, usual: string) => string
}

export function keyVariables(): KeyVariables {
  const variables = new Map<string, string>()
  const taken = new Set<string>()
  return {
    variableFor(literal, usual) {
      const known = variables.get(`${usual}=${literal}`)
      if (known !== undefined) return known
      let name = usual
      for (let number = 2; taken.has(name); number += 1) name = `${usual}_${number}`
      taken.add(name)
      variables.set(`${usual}=${literal}`, name)
      return name
    },
  }
}

/** `OPENAI_PROD` for `openai-prod`, so that a name of another kind can become one of a variable. */
export function variableName(text: string): string {
  const name = text
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
  return /^[A-Z]/.test(name) ? name : `KEY_${name}`
}

export function isVariableName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text)
}
