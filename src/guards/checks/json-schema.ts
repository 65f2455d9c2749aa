import type { Found, WholeCheck } from '../guard.ts'

/** What of a schema a JSON text does not meet, as the schema's keyword; undefined when it fits. */
export type SchemaFault = (json: string) => string | undefined

/**
 * The text of every answer is JSON, nothing else, and fits a schema. A call of a tool is no answer yet and is not read. Who
 * validates is given from outside: a schema may take for ever, and only somebody with a clock can end that.
 */
export function jsonSchemaCheck(fault: SchemaFault): WholeCheck {
  return {
    kind: 'whole',
    name: 'json-schema',
    judge: (pieces) =>
      pieces
        .filter(({ kind }) => kind === 'text')
        .flatMap(({ where, text }): Found[] => {
          const what = isJson(text) ? fault(text) : 'not-json'
          return what === undefined ? [] : [{ what, where }]
        }),
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false // That is the verdict.
  }
}
