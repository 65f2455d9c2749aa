import { isCountryCode, nearestCountryCode } from '../../catalog/countries.ts'

/** What a rule may ask about. One list for the type check, the near names, the analyses and the guide. */
export type FactType = 'bool' | 'int' | 'double' | 'string' | 'list<string>'

type FactShape = {
  readonly type: FactType
  /** Every value it can have; a comparison with anything else is a mistake and is refused when rules are loaded. */
  readonly values?: readonly (string | number)[]
  /** What its text looks like, where there are too many values to list; anything else is refused in the same way. */
  readonly form?: Form
  readonly about: string
}

type Form = { readonly fits: (text: string) => boolean; readonly expected: (text: string) => string }

/** `Germany` or `DEU` would be in no list of countries, and what a licence or a rule keeps from `DE` would go there. */
const COUNTRY: Form = {
  fits: isCountryCode,
  expected(text) {
    const nearest = nearestCountryCode(text)
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`
    return `an ISO 3166 code such as \`DE\`${hint}`
  },
}

const SPECS = {
  'request.operation': {
    type: 'string',
    values: ['chat', 'embeddings', 'rerank', 'count-tokens'],
    about: 'What is asked of the model.',
  },
  'request.labels': { type: 'list<string>', about: 'Kinds and entities together.' },
  'request.kinds': {
    type: 'list<string>',
    about: 'Kinds of data that were found: `contact`, `financial`, `health`, `secret` …',
  },
  'request.entities': { type: 'list<string>', about: 'Entities that were found: `EMAIL_ADDRESS` …' },
  'request.sensitivity': {
    type: 'int',
    values: [0, 1, 2, 3, 4],
    about: 'The highest level of anything found: 0 nothing, 4 health and secrets.',
  },
  'request.names_covered': {
    type: 'bool',
    about: 'Whether names of people, places and organisations were looked for, all three, and could be.',
  },
  'request.languages': {
    type: 'list<string>',
    about: 'What its texts are written in: `en`, `hi`, `mr`, `ar`, and `und` for any other.',
  },
  'request.task': { type: 'string', about: 'The task it was recognised as.' },
  'request.tokens': { type: 'int', about: 'Tokens of the prompt, estimated from its length, never too few.' },
  'request.tools': { type: 'bool', about: 'Whether the model may call tools.' },
  'request.images': {
    type: 'bool',
    about: 'Whether it carries images, audio or files: nobody looks inside them.',
  },

  'principal.kind': { type: 'string', values: ['anonymous', 'key'], about: 'Whether a key was sent.' },
  'principal.key': { type: 'string', about: 'The public part of the key.' },
  'principal.team': { type: 'string', about: 'The team of the key.' },
  'principal.project': { type: 'string', about: 'The project of the key.' },
  'principal.role': { type: 'string', values: ['member', 'auditor', 'admin'], about: 'The role of the key.' },
  'principal.clearances': {
    type: 'list<string>',
    about: "What the holder may see, in the organisation's own words. Empty without a key.",
  },
  'principal.budget_left_usd': {
    type: 'double',
    about: 'The tightest budget that the request counts against.',
  },

  'organisation.country': {
    type: 'string',
    form: COUNTRY,
    about: 'ISO 3166 code of where it is domiciled.',
  },
  'organisation.revenue_usd': { type: 'double', about: 'Revenue in a year.' },
  'organisation.mau': { type: 'int', about: 'Monthly active users of all its products.' },
  'organisation.saas': { type: 'bool', about: 'Whether others use the models through a service of it.' },

  'model.name': { type: 'string', about: 'The name that clients use.' },
  'model.openness': {
    type: 'string',
    values: ['closed', 'open-restricted', 'open-permissive', 'open-full', 'unknown'],
    about: 'Whether the weights are public, and under what kind of terms.',
  },
  'model.engine': {
    type: 'string',
    values: ['llama', 'llama-server', 'openai', 'anthropic', 'ai-sdk'],
    about: 'What runs or calls it.',
  },
  'model.runs': {
    type: 'string',
    values: ['in-process', 'this-machine', 'own-network', 'remote'],
    about: 'Where it runs; of several places the farthest.',
  },
  'model.local': { type: 'bool', about: 'It runs anywhere but `remote`.' },
  'model.seller': { type: 'string', about: 'Who sells the answers: `openai`; `self` for a process of ours.' },
  'model.legal_seat': {
    type: 'string',
    form: COUNTRY,
    about: "ISO 3166 code of the seller's seat, whose law reaches it.",
  },
  'model.region': {
    type: 'string',
    about: 'Where the answer is computed: `eu`, `us-east-1`, `on-premises`.',
  },
  'model.retention_days': { type: 'int', about: 'How long the seller keeps prompts and answers.' },
  'model.trains_on_data': { type: 'bool', about: 'Whether the seller trains on them.' },
  'model.terms_date': {
    type: 'string',
    about: 'When these terms were read: `2026-11-23`. Dates compare as text.',
  },
  'model.baa': { type: 'bool', about: 'A business associate agreement (HIPAA) is signed.' },
  'model.dpa': { type: 'bool', about: 'A data processing agreement (GDPR, DPDP) is signed.' },
  'model.provenance': {
    type: 'int',
    values: [0, 1, 2, 3, 4],
    about:
      '0 unknown, 1 declared, 2 fingerprint fits, 3 hash equals the maker’s file, 4 signed by the maker.',
  },
  'model.price_in_usd': {
    type: 'double',
    about: 'Dollars per million prompt tokens; 0 for owned weights whose cost nobody measured.',
  },
  'model.price_out_usd': {
    type: 'double',
    about: 'Dollars per million answer tokens; 0 for owned weights whose cost nobody measured.',
  },
  'model.first_token_ms': {
    type: 'double',
    about: 'Time to the first token as `musivum models bench` measured it, all slots busy.',
  },
  'model.writes_per_s': {
    type: 'double',
    about: 'Tokens that it writes in a second, of all slots together, as measured there.',
  },
  'model.toy': { type: 'bool', about: 'Trained to show the machinery, not to be right.' },
  'model.certified': { type: 'bool', about: 'A certificate for the task says that it is good enough.' },

  'model.licence.spdx': { type: 'string', about: 'The id of its licence record: `apache-2.0`, `llama-3.1`.' },
  'model.licence.commercial': { type: 'bool', about: 'Commercial use is granted.' },
  'model.licence.mau_cap': {
    type: 'int',
    about: 'Most monthly active users; no cap is larger than any number.',
  },
  'model.licence.revenue_cap_usd': {
    type: 'double',
    about: 'Most revenue in a year; no cap is larger than any.',
  },
  'model.licence.region_exclusions': { type: 'list<string>', about: 'Where nothing is granted: `EU`.' },
  'model.licence.field_of_use': { type: 'list<string>', about: 'Uses that are ruled out: `military`.' },
  'model.licence.outputs_may_train': {
    type: 'string',
    values: ['yes', 'conditions', 'no'],
    about: 'Whether its answers may train other models.',
  },
  'model.licence.attribution': { type: 'bool', about: 'Its users must be told its name.' },
  'model.licence.derivative_naming': { type: 'bool', about: 'Derivatives must carry its name.' },
  'model.licence.patent_grant': { type: 'bool', about: 'Patents are granted with it.' },
  'model.licence.fits': {
    type: 'bool',
    about: 'No term of the licence rules out the organisation of the policy.',
  },
} as const satisfies Record<string, FactShape>

export type FactName = keyof typeof SPECS

const GROUPS = ['request', 'principal', 'organisation', 'model'] as const
export type FactGroup = (typeof GROUPS)[number]

export type Value = boolean | number | string | readonly string[]
/** Undefined is not known, which is never the same as no. */
export type Values = readonly (Value | undefined)[]

/** What is known of one request and one candidate, by slot. */
export type Facts = Values

export type Fact = FactShape & {
  readonly name: FactName
  readonly group: FactGroup
  /** Where its value stands among all facts. */
  readonly slot: number
}

export const facts: readonly Fact[] = GROUPS.flatMap((group) =>
  (Object.entries(SPECS) as readonly [FactName, FactShape][]).filter(([name]) =>
    name.startsWith(`${group}.`),
  ),
).map(([name, shape], slot) => ({ ...shape, name, group: groupOf(name), slot }))

function groupOf(name: FactName): FactGroup {
  return GROUPS.find((group) => name.startsWith(`${group}.`)) ?? 'request'
}

/** The values of each group, as `valuesOf` makes them, in one row: a condition finds each in one step. */
export function factsFrom(values: Readonly<Record<FactGroup, Values>>): Facts {
  return [...values.request, ...values.principal, ...values.organisation, ...values.model]
}

const byName: ReadonlyMap<string, Fact> = new Map(facts.map((fact) => [fact.name, fact]))

export function findFact(name: string): Fact | undefined {
  return byName.get(name)
}

export function factsIn(group: FactGroup): readonly Fact[] {
  return facts.filter((fact) => fact.group === group)
}

/** The facts of a group by the names that rules know them by, without the group: `licence.spdx`. */
export type FactsOf<Group extends FactGroup> = {
  readonly [Name in FactName as Name extends `${Group}.${infer Rest}` ? Rest : never]?:
    TypeOf<(typeof SPECS)[Name]> | undefined
}

type TypeOf<Shape extends FactShape> = Shape extends { readonly values: readonly (infer Each)[] }
  ? Each
  : {
      readonly bool: boolean
      readonly int: number
      readonly double: number
      readonly string: string
      readonly 'list<string>': readonly string[]
    }[Shape['type']]

/** The values of one group in the order of its facts. */
export function valuesOf<Group extends FactGroup>(group: Group, known: FactsOf<Group>): Values {
  const byKey: Readonly<Record<string, Value | undefined>> = known
  return factsIn(group).map(({ name }) => byKey[name.slice(group.length + 1)])
}
