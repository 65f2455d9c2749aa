import { describe, expect, test } from 'vitest'
import { parseConfig } from './parse-config.ts'

/** `line: text` of every problem, or nothing when the configuration is right. */
function problems(source: string): readonly string[] {
  const parsed = parseConfig(source)
  return parsed.kind === 'wrong' ? parsed.problems.map(({ line, text }) => `${line}: ${text}`) : []
}

const mock = (fields: string) =>
  `models:\n  mock: { engine: openai, base_url: http://h/v1, model: m, ${fields} }\n`
const local = (fields: string) => `models:\n  local: { engine: llama, weights: a.gguf, ${fields} }\n`

describe('a right configuration', () => {
  test('is read as written', () => {
    const parsed = parseConfig(
      mock(
        'key: env:MOCK_KEY, drops: [logprobs], timeouts: { idle: 30s }, price: { input_usd_per_million: 0.1, output_usd_per_million: 2 }',
      ) +
        'listen: { host: 127.0.0.1, port: 0 }\nlog: { keep_days: 1, keep_rows: 1000 }\nlimits: { body_mib: 8 }\ndiscover: false\n',
    )
    expect(parsed).toMatchObject({
      kind: 'parsed',
      config: {
        models: {
          mock: {
            engine: 'openai',
            base_url: 'http://h/v1',
            key: 'env:MOCK_KEY',
            drops: ['logprobs'],
            timeouts: { idle: '30s' },
            price: { input_usd_per_million: 0.1, output_usd_per_million: 2 },
          },
        },
        listen: { port: 0 },
        discover: false,
      },
    })
  })

  test.each([
    'vendor: groq, model: m',
    'engine: openai, vendor: groq, model: m, endpoints: [{ key: env:SECOND_KEY }]',
    'vendor: azure, base_url: https://a.openai.azure.com, key: env:K, model: m, query: { api-version: preview }',
    'vendor: vllm, model: m, speaks: responses',
    'engine: ai-sdk, package: "@ai-sdk/google", model: m, key: env:K, options: { baseURL: https://g.example/v1 }',
  ])('a model may be { %s }', (fields) => {
    expect(problems(`models: { a: { ${fields} } }`)).toEqual([])
  })

  test.each(['5m', '30s', '500ms', '2h', '0', '-1', 'always'])('keep_alive may be %s', (value) => {
    expect(problems(local(`keep_alive: ${value}`))).toEqual([])
  })

  test.each(['8GiB', '512 MB', '1.5gib', '8589934592'])('memory may be %s', (value) => {
    expect(problems(`memory: ${value}`)).toEqual([])
  })

  test('a local model may be warm and pinned, and say how little context is enough', () => {
    expect(problems(local('warm: true, pin: true, context_tokens: 8192, min_context: 2048'))).toEqual([])
  })

  test.each(['# nothing yet\n', 'models:\n', 'models:\n  # a: {}\n'])('may say nothing: %j', (source) => {
    expect(problems(source)).toEqual([])
  })

  test.each(['qwen2.5:7b', 'meta-llama/Llama-3.1-8B', '"4"', 'मॉडल'])('a model may be called %s', (name) => {
    expect(problems(`models: { ${name}: { engine: llama, weights: a } }`)).toEqual([])
  })
})

describe('a mistake is said with its line and what was expected', () => {
  const cases: readonly (readonly [what: string, source: string, expected: readonly string[]])[] = [
    [
      'a mistyped key is one problem, not also a missing key',
      'models:\n  mock:\n    engine: openai\n    base_ur: http://h/v1\n    model: m\n',
      ['4: models.mock.base_ur: unknown key; did you mean base_url?'],
    ],
    ['a mistyped section', '# hello\nmodles: {}\n', ['2: modles: unknown key; did you mean models?']],
    [
      'a key that resembles nothing',
      'listen: { zzzzzzzz: 1 }',
      ['1: listen.zzzzzzzz: unknown key; known here: host, port'],
    ],
    [
      'a key of the other engine',
      mock('weights: a.gguf'),
      ['2: models.mock.weights: belongs to `engine: llama`'],
    ],
    [
      'a mistyped engine',
      'models:\n  a: { engine: opnai }\n',
      [
        '2: models.a.engine: expected `llama`, `llama-server`, `openai`, `anthropic` or `ai-sdk`, or a `vendor`; did you mean openai?',
      ],
    ],
    [
      'a mistyped key for the engine',
      'models:\n  a:\n    engin: llama\n    weights: x\n',
      ['3: models.a.engin: unknown key; did you mean engine?'],
    ],
    [
      'a missing engine',
      'models:\n  a:\n    model: x\n',
      [
        '2: models.a.engine: is missing; expected `llama`, `llama-server`, `openai`, `anthropic` or `ai-sdk`, or a `vendor`',
      ],
    ],
    [
      'an unknown vendor',
      'models:\n  a:\n    vendor: grok\n    model: x\n',
      ['3: models.a.vendor: expected the name of a vendor; did you mean groq?'],
    ],
    [
      'a vendor whose customers have an address each, without it',
      'models:\n  a:\n    vendor: azure\n    model: x\n',
      ['2: models.a.base_url: is missing; expected a URL such as `http://127.0.0.1:8000/v1`'],
    ],
    [
      'a key of an engine that the vendor is not',
      'models:\n  a: { vendor: groq, model: x, weights: y }\n',
      ['2: models.a.weights: belongs to `engine: llama`'],
    ],
    [
      'a provider package that is no name of one',
      'models:\n  a: { engine: ai-sdk, package: ../evil, model: x }\n',
      ['2: models.a.package: expected the name of a package, such as `@ai-sdk/google`'],
    ],
    [
      'a secret in the settings of a provider',
      'models:\n  a:\n    engine: ai-sdk\n    package: "@ai-sdk/amazon-bedrock"\n    model: x\n    options: { region: eu-west-1, secretAccessKey: abc }\n',
      ['6: models.a.options.secretAccessKey: expected `env:NAME` (keys do not belong in files)'],
    ],
    [
      'an amount of memory that is none',
      'memory: 8 apples\n',
      ['1: memory: expected bytes such as `8GiB` or 8589934592, from `64MiB` up'],
    ],
    [
      'less memory than any model needs',
      'discover: false\nmemory: 8MiB\n',
      ['2: memory: expected bytes such as `8GiB` or 8589934592, from `64MiB` up'],
    ],
    [
      'a context for a server that cannot be told',
      'models:\n  a: { vendor: groq, model: m, context_tokens: 4096 }',
      [
        '2: models.a.context_tokens: expected `vendor: ollama` beside it: no other server can be told, found 4096',
      ],
    ],
    [
      'what a llama-server does not do',
      'models:\n  a: { engine: llama-server, weights: w.gguf, serves: pictures }',
      ['2: models.a.serves: expected `text`, `embeddings` or `rerank`'],
    ],
    [
      'a least context beyond the wanted one',
      local('context_tokens: 1024, min_context: 2048'),
      ['2: models.local.min_context: expected at most `context_tokens`, found 2048'],
    ],
    [
      'a missing key',
      'models:\n  a:\n    engine: llama\n',
      ['2: models.a.weights: is missing; expected the path of a GGUF file, or the name of a pulled model'],
    ],
    [
      'a number in quotes',
      'listen:\n  port: "4000"\n',
      ['2: listen.port: expected a whole number from 0 to 65535, found text'],
    ],
    [
      'a number out of range',
      'listen: { port: 70000 }',
      ['1: listen.port: expected a whole number from 0 to 65535, found 70000'],
    ],
    ['a value of another kind', 'discover: [yes]', ['1: discover: expected true or false, found a list']],
    ['a value that is not there', 'listen:\n', ['1: listen: expected a mapping, found nothing']],
    [
      'a list where models belong',
      'models: [a]',
      ['1: models: expected a mapping of model names, found a list'],
    ],
    ['no mapping at all', '- a\n- b\n', ['1: expected a mapping, found a list']],
    ['prose', 'hello there\n', ['1: expected a mapping, found text']],
    [
      'a model twice',
      'models:\n  a: 1\n  b: 2\n  a: 3\n',
      ['4: models.a: is there twice; the first is on line 2'],
    ],
    ['a tab', 'models:\n\ta: 1\n', ['2: a tab is used as indentation; YAML wants spaces']],
    ['an open quote', 'models:\n  a: "x\n', ['3: Missing closing "quote']],
    [
      'a second document',
      '---\ndiscover: true\n---\ndiscover: false\n',
      ['3: a second document begins here; a configuration is one document'],
    ],
    ['a tag', 'discover: !env X\n', ['1: a tag (`!…`) that means nothing here; expected a plain value']],
    ['a lost alias', 'listen: &a {}\nlog: *b\n', ['2: an alias (`*…`) whose anchor (`&…`) is missing']],
    ['brackets without end', '['.repeat(20_000), ['1: nested too deeply']],
    [
      'aliases of aliases of aliases',
      'a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c]\n',
      ['1: too many aliases'],
    ],
    [
      'a name that JavaScript would swallow',
      'models:\n  __proto__: { engine: llama, weights: x }\n',
      ['2: models.__proto__: not a name for a model'],
    ],
    [
      'a name with a space',
      'models:\n  a b: { engine: llama, weights: x }\n',
      ['2: models.a b: the name must be a name of letters, digits and . _ : / @ + - (at most 128)'],
    ],
    [
      'a URL of another scheme',
      'models: { a: { engine: openai, base_url: "ftp://h/v1", model: m } }',
      ['1: models.a.base_url: expected a URL such as `http://127.0.0.1:8000/v1`'],
    ],
    [
      'a URL without a host',
      'models: { a: { engine: openai, base_url: "http://", model: m } }',
      ['1: models.a.base_url: expected a URL such as `http://127.0.0.1:8000/v1`'],
    ],
    [
      'a URL with a query',
      'models: { a: { engine: openai, base_url: "http://h/v1?api-version=1", model: m } }',
      ['1: models.a.base_url: expected a URL without `?` and `#`'],
    ],
    [
      'the URL of an operation',
      'models: { a: { engine: openai, base_url: "http://h/v1/chat/completions/", model: m } }',
      ['1: models.a.base_url: expected the address up to the version, without the path of an operation'],
    ],
    [
      'a negative price',
      mock('price: { input_usd_per_million: -1, output_usd_per_million: 2 }'),
      [
        '2: models.mock.price.input_usd_per_million: expected a number of US dollars from 0 to 1000000, found -1',
      ],
    ],
    [
      'a mistyped price key',
      mock('price: { input_usd_per_milion: 1, output_usd_per_million: 2 }'),
      ['2: models.mock.price.input_usd_per_milion: unknown key; did you mean input_usd_per_million?'],
    ],
    [
      'a duration without a unit',
      local('keep_alive: 300'),
      [
        '2: models.local.keep_alive: expected a duration such as `30s`, `5m` or `500ms`, 0 (unload at once), or -1 or `always` (never unload), found 300',
      ],
    ],
    [
      'a duration that a timer cannot count',
      mock('timeouts: { idle: 1000h }'),
      ['2: models.mock.timeouts.idle: expected a duration of at most `576h`'],
    ],
    [
      'a hash that is not one',
      local('sha256: 1234'),
      [
        '2: models.local.sha256: expected 64 hexadecimal digits, in quotes if they are all decimal, found 1234',
      ],
    ],
    [
      'the hash of an adapter that is not there',
      local(`adapter_sha256: ${'a'.repeat(64)}`),
      ['2: models.local.adapter_sha256: expected an `adapter` beside its hash'],
    ],
  ]

  test.each(cases)('%s', (_, source, expected) => {
    expect(problems(source)).toEqual(expected)
  })

  test('every mistake is found at once, in the order of the lines', () => {
    expect(problems('listen: 4\nlog: { keep_days: 0 }\ndicover: true\n')).toEqual([
      '1: listen: expected a mapping, found 4',
      '2: log.keep_days: expected a whole number from 1 to 3650, found 0',
      '3: dicover: unknown key; did you mean discover?',
    ])
  })
})

describe('a secret that was pasted into the file', () => {
  const secret = 'sk-live-0123456789abcdef'

  test('is refused as a key, with what to write instead', () => {
    expect(problems(mock(`key: ${secret}`))).toEqual([
      '2: models.mock.key: expected `env:NAME` (keys do not belong in files)',
    ])
  })

  test.each([
    ['in the wrong line', mock(`licence: [${secret}]`)],
    ['as a number would be', `listen: { port: ${secret} }`],
    ['in a URL', `models: { a: { engine: openai, base_url: "https://me:${secret}@h/v1", model: m } }`],
    ['as an engine', `models: { a: { engine: ${secret} } }`],
    ['beside a syntax error', `models: { a: { key: "${secret} } }`],
    ['after a tag', `models: !${secret} x`],
  ])('is not repeated: %s', (_, source) => {
    const lines = problems(source)
    expect(lines).not.toEqual([])
    expect(lines.join('\n')).not.toContain(secret)
  })
})

test('escape sequences in a key do not reach the terminal', () => {
  expect(problems('"a\\e[31m\\nb": 1')).toEqual([
    '1: a [31m b: unknown key; known here: models, listen, log, limits, policy, guards, privacy, discover, offline, memory, machine',
  ])
})
