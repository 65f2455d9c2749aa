import { z } from 'zod'
import { CLASSIFIER_PRESETS } from '../../guards/checks/classifier-presets.ts'
import { LANGUAGES } from '../../privacy/guess-language.ts'
import { INPUT_BLOCKS, OUTPUT_BLOCKS } from '../../guards/guard.ts'
import { MIN_WINDOW } from '../../guards/window-scan.ts'
import { durationPattern } from './duration.ts'
import { mapping, number, text, wholeNumber } from './schema-parts.ts'

/** What `guards` of `musivum.yaml` may say. What can only be seen by trying, such as a pattern, is told by `configured-guards.ts`. */

const BLOCKS = [...new Set([...INPUT_BLOCKS, ...OUTPUT_BLOCKS])] as const

const names = (what: string, description: string) =>
  z
    .array(text(/\S/, what), { error: `a list of ${what}` })
    .min(1, { error: 'at least one' })
    .meta({ description })
    .exactOptional()

const common = {
  id: text(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'a name of small letters, digits and hyphens').meta({
    description: 'What the guard is called in decisions, errors and logs.',
  }),
  on: z.enum(['input', 'output'], { error: '`input` or `output`' }).meta({
    description: 'What it reads: what goes into a model, or what comes out of one.',
  }),
  mode: z
    .enum(['hold', 'window', 'after'], { error: '`hold`, `window` or `after`' })
    .meta({
      description:
        'For output. `hold`: nothing leaves before the verdict. `window`: text leaves when a window around it has been judged. `after`: text leaves at once and the verdict comes at the end. Input is always held.',
    })
    .exactOptional(),
  fails: z.enum(['closed', 'open'], { error: '`closed` or `open`' }).meta({
    description:
      'What happens when the guard cannot judge: nothing passes, or everything does and the decision says so.',
  }),
  action: z.enum(['refuse', 'redact', 'note'], { error: '`refuse`, `redact` or `note`' }).meta({
    description:
      'What happens with what is found: an error takes the place of the answer, the finding is replaced, or it is only told in the decision.',
  }),
  blocks: z
    .array(z.enum(BLOCKS, { error: `one of ${BLOCKS.join(', ')}` }), { error: 'a list of kinds of text' })
    .min(1, { error: 'at least one' })
    .meta({
      description:
        'Which kinds of text it reads. Default: all, and for `injection` all but `system` and `tool`.',
    })
    .exactOptional(),
  models: names('names of models', 'Models it is for. Default: all.'),
  tasks: names(
    'names of tasks',
    'Tasks it is for. Default: all. A request whose task nobody knows is under every guard.',
  ),
}

const window = wholeNumber(MIN_WINDOW, 16_384)
  .meta({ description: 'With `mode: window`: characters that are judged together. Default: by the check.' })
  .exactOptional()
const allow = names('values', 'Values that are nobody’s, such as the number of your own switchboard.')
const score = number(0, 1).meta({ description: 'How sure a recogniser must be, 0 to 1.' }).exactOptional()

const topic = mapping({
  topic: text(/^[\w .-]{1,64}$/, 'a name of at most 64 letters, digits, spaces, dots and hyphens').meta({
    description: 'What the topic is called in decisions and errors.',
  }),
  words: names('words or phrases', 'Whole words, whatever their case, in any script.'),
  pattern: text(/\S/, 'a regular expression in RE2 syntax')
    .meta({ description: 'A regular expression in RE2 syntax, which takes linear time whatever the text.' })
    .exactOptional(),
}).refine(({ words, pattern }) => words !== undefined || pattern !== undefined, {
  error: 'a topic with `words` or a `pattern`',
})

const secrets = mapping({
  ...common,
  check: z
    .literal('secrets')
    .meta({ description: 'Keys, tokens, passwords, private keys and connection strings.' }),
  window,
  allow,
  threshold: score,
})

const personalData = mapping({
  ...common,
  check: z.literal('personal-data').meta({ description: 'Personal data. Names of people are not covered.' }),
  window,
  allow,
  threshold: score,
  entities: names('entities such as `EMAIL_ADDRESS`', 'Only these. Default: all.'),
})

const injection = mapping({
  ...common,
  check: z.literal('injection').meta({ description: 'Signs of an attempt to give the model other orders.' }),
  window,
  threshold: number(0.1, 10)
    .meta({ description: 'Weights of the signs in one text add up; from here on they count. Default 0.8.' })
    .exactOptional(),
})

const deny = mapping({
  ...common,
  check: z.literal('deny').meta({ description: 'Topics of your own, as words or patterns.' }),
  window,
  topics: z
    .array(topic, { error: 'a list of topics' })
    .min(1, { error: 'at least one topic' })
    .max(1_000, { error: 'at most 1000 topics' })
    .meta({ description: 'What must not be spoken of.' }),
})

const jsonSchema = mapping({
  ...common,
  check: z.literal('json-schema').meta({ description: 'The answer is JSON of a schema and nothing else.' }),
  schema: z
    .record(z.string(), z.json(), { error: 'a JSON schema as a mapping' })
    .meta({ description: 'A JSON schema.' }),
})

const language = mapping({
  ...common,
  check: z.literal('language').meta({ description: 'Texts are in one of these languages.' }),
  languages: z
    .array(z.enum(LANGUAGES, { error: `one of ${LANGUAGES.join(', ')}` }), { error: 'a list of languages' })
    .min(1, { error: 'at least one language' })
    .meta({ description: 'Languages that can be told apart.' }),
})

const bound = (description: string) => wholeNumber(1, 100_000_000).meta({ description }).exactOptional()

const length = mapping({
  ...common,
  check: z.literal('length').meta({ description: 'Bounds of the length of each text.' }),
  min_chars: bound('Characters (Unicode code points) at least.'),
  max_chars: bound('Characters (Unicode code points) at most.'),
  max_tokens: bound('Tokens at most, estimated at three bytes each.'),
}).refine((entry) => (entry.min_chars ?? entry.max_chars ?? entry.max_tokens) !== undefined, {
  error: '`min_chars`, `max_chars` or `max_tokens`',
})

const promptLeak = mapping({
  ...common,
  check: z
    .literal('prompt-leak')
    .meta({ description: 'The answer does not repeat the instructions of the request.' }),
  window,
  words: wholeNumber(5, 200)
    .meta({ description: 'So many words in a row are a leak. Default 12.' })
    .exactOptional(),
})

const classifier = mapping({
  ...common,
  check: z
    .literal('classifier')
    .meta({ description: 'What a model of this configuration says of the text.' }),
  model: text(/\S/, 'the name of a model').meta({ description: 'The model that judges.' }),
  preset: z.enum(CLASSIFIER_PRESETS, { error: `one of ${CLASSIFIER_PRESETS.join(', ')}` }).meta({
    description: 'How the model is asked and how it answers.',
  }),
  policy: text(/\S/, 'what is not allowed, in words')
    .meta({ description: 'For `gpt-oss-safeguard` and `yes-no`: what is not allowed, in words.' })
    .exactOptional(),
  categories: names('categories', 'Only these count, as the model names them. Default: all.'),
  threshold: number(0, 1)
    .meta({ description: 'For `prompt-guard`: the score from which on it counts. Default 0.5.' })
    .exactOptional(),
  timeout: text(durationPattern, 'a duration such as `5s`')
    .meta({ description: 'How long the model may take; a guard that took longer has failed. Default `10s`.' })
    .exactOptional(),
})

const CHECKS = [
  secrets,
  personalData,
  injection,
  deny,
  jsonSchema,
  language,
  length,
  promptLeak,
  classifier,
] as const

const guard = z
  .discriminatedUnion('check', CHECKS, {
    error:
      '`secrets`, `personal-data`, `injection`, `deny`, `json-schema`, `language`, `length`, `prompt-leak` or `classifier`',
  })
  .superRefine((entry, checked) => {
    for (const [key, message] of contradictions(entry))
      checked.addIssue({ code: 'custom', path: [key], message })
  })

/** The guards in the order in which a text passes them. */
export const guards = z
  .array(guard, { error: 'a list of guards' })
  .max(64, { error: 'at most 64 guards' })
  .superRefine((entries, checked) => {
    for (const [index, { id }] of entries.entries())
      if (entries.findIndex((other) => other.id === id) < index)
        checked.addIssue({ code: 'custom', path: [index, 'id'], message: 'an id that no other guard has' })
  })

export type GuardEntry = z.infer<typeof guard>

/** The keys that a mapping in `guards` may have: `inner` is the key it stands under. */
export function guardKeys(inner: PropertyKey | undefined): readonly string[] {
  if (inner === 'topics') return Object.keys(topic.shape)
  return [...new Set(CHECKS.flatMap((each) => Object.keys(each.shape)))]
}

/** What cannot be meant, by the key that has to change: a guard that did something else than it says would be the worst of all. */
function contradictions(entry: GuardEntry): readonly (readonly [keyof GuardEntry | 'window', string])[] {
  const { on, mode, action, check, blocks = [] } = entry
  const kinds: readonly string[] = on === 'input' ? INPUT_BLOCKS : OUTPUT_BLOCKS
  const isWhole = WHOLE.has(check)
  const wrong: [keyof GuardEntry | 'window', string][] = []
  if (on === 'output' && mode === undefined) wrong.push(['mode', '`hold`, `window` or `after`'])
  if (on === 'input' && mode !== undefined && mode !== 'hold')
    wrong.push(['mode', '`hold`: nothing goes to a model before the verdict'])
  if (on === 'input' && OUTPUT_ONLY.has(check)) wrong.push(['on', `\`output\` for \`${check}\``])
  if (mode === 'window' && isWhole)
    wrong.push(['mode', `\`hold\` or \`after\`: \`${check}\` judges the whole text`])
  if ('window' in entry && mode !== 'window') wrong.push(['window', '`mode: window` beside it'])
  if (action === 'redact' && (isWhole || check === 'injection'))
    wrong.push(['action', `\`refuse\` or \`note\`: there is nothing that \`${check}\` could take out`])
  if (action === 'redact' && mode === 'after')
    wrong.push(['action', '`refuse` or `note`: with `mode: after` the text has left'])
  if (blocks.some((block) => !kinds.includes(block)))
    wrong.push(['blocks', `kinds of ${on}: ${kinds.join(', ')}`])
  return wrong
}

const WHOLE: ReadonlySet<string> = new Set(['json-schema', 'language', 'length', 'classifier'])
const OUTPUT_ONLY: ReadonlySet<string> = new Set(['json-schema', 'prompt-leak'])
