/**
 * How the models of a family write the calls of tools. One description drives both the grammar that the model writes under and
 * the reader of what it wrote. In the patterns `$name` and `$args` stand for the tool and the JSON of its arguments, `$id` for
 * an id that only the model counts by, and `~` for white space that may be there.
 */
export type CallSyntax = {
  readonly family: 'hermes' | 'llama' | 'mistral' | 'mistral-args' | 'mistral-ids' | 'command' | 'generic'
  /** What calls begin with, one of these. An answer without it is text. */
  readonly begins: readonly string[]
  /** Calls are the whole answer: one that begins with something else is text to its end, whatever stands in it. */
  readonly alone?: true
  /** The first call, after `begins`; and each further one, where there may be several in one answer. */
  readonly first: string
  readonly next?: string
  /** After the last. */
  readonly end: string
}

const TAGGED = '~{~"name":~"$name",~"arguments":~$args~}~</tool_call>'
const LISTED = '{~"name":~"$name",~"arguments":~$args~}'
const ACTION = '{~"tool_call_id":~"$id",~"tool_name":~"$name",~"parameters":~$args~}'

const hermes: CallSyntax = {
  family: 'hermes',
  begins: ['<tool_call>'],
  first: TAGGED,
  next: `~<tool_call>${TAGGED}`,
  end: '',
}

/** For templates that know nothing of tools, said to the model in its system text. */
export const generic: CallSyntax = { ...hermes, family: 'generic' }

/** `marks` are texts that all templates of the family have; `strange` ones that those have which only look like it. */
type Family = CallSyntax & { readonly marks: readonly string[]; readonly strange?: readonly string[] }

/** In the order in which they are looked for. */
const FAMILIES: readonly Family[] = [
  { ...hermes, marks: ['<tool_call>', 'arguments'], strange: ['<function=', '<arg_key>'] },
  {
    family: 'mistral-ids',
    marks: ['[TOOL_CALLS]', '[CALL_ID]', '[ARGS]'],
    begins: ['[TOOL_CALLS]'],
    first: '~$name[CALL_ID]$id[ARGS]~$args',
    next: '~[TOOL_CALLS]~$name[CALL_ID]$id[ARGS]~$args',
    end: '',
  },
  {
    family: 'mistral-args',
    marks: ['[TOOL_CALLS]', '[ARGS]'],
    begins: ['[TOOL_CALLS]'],
    first: '~$name[ARGS]~$args',
    next: '~[TOOL_CALLS]~$name[ARGS]~$args',
    end: '',
  },
  {
    family: 'mistral',
    marks: ['[TOOL_CALLS]'],
    begins: ['[TOOL_CALLS]'],
    first: `~[~${LISTED}`,
    next: `~,~${LISTED}`,
    end: '~]',
  },
  {
    family: 'command',
    marks: ['<|START_ACTION|>', 'tool_call_id'],
    begins: ['<|START_ACTION|>'],
    first: `~[~${ACTION}`,
    next: `~,~${ACTION}`,
    end: '~]~<|END_ACTION|>',
  },
  {
    // Without a mark of its own: what is no JSON object with a `name` in front is text. It was taught one call at a time.
    family: 'llama',
    marks: ['<|start_header_id|>', 'parameters'],
    begins: ['{"name":', '{"type": "function", "name":'],
    alone: true,
    first: '~"$name",~"parameters":~$args~}',
    end: '',
  },
]

/**
 * The family of a chat template that takes tools; the generic form where it takes none, or where its models write calls in a
 * way that we do not read (XML of Qwen3-Coder, channels of gpt-oss, lists of DeepSeek).
 */
export function callSyntaxOf(template: string): CallSyntax {
  if (!/\btools\b/.test(template)) return generic
  const has = (text: string): boolean => template.includes(text)
  return FAMILIES.find(({ marks, strange = [] }) => marks.every(has) && !strange.some(has)) ?? generic
}

/** All fixed texts around calls: a control token of the model that is part of it is text here, and shown nowhere else. */
export function marksOf({ begins, first, next = '', end }: CallSyntax): string {
  return [...begins, first, next, end].join('\n')
}

export type PatternPart =
  { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'space' | 'name' | 'id' | 'args' }

export function partsOf(pattern: string): readonly PatternPart[] {
  return pattern
    .split(/(~|\$name|\$id|\$args)/)
    .filter((piece) => piece !== '')
    .map((piece) => PLACES[piece] ?? { kind: 'literal', text: piece })
}

const PLACES: Readonly<Record<string, PatternPart | undefined>> = {
  '~': { kind: 'space' },
  $name: { kind: 'name' },
  $id: { kind: 'id' },
  $args: { kind: 'args' },
}
