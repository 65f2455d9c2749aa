import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ggufHeaderBytes } from '../catalog/gguf/gguf-bytes.conformance.ts'
import { commandLine } from './command-line.conformance.ts'
import { modelsGc } from './models-gc.ts'
import { modelsInspect } from './models-inspect.ts'
import { modelsPull } from './models-pull.ts'
import { modelsRm } from './models-rm.ts'
import { modelsVerify } from './models-verify.ts'
import { parseArguments } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

const { report, folder } = commandLine()
const starter = (name: string) => fileURLToPath(new URL(`../../models/starter/${name}`, import.meta.url))
copyFileSync(starter('starter-s1-q8_0.gguf'), join(folder, 's1.gguf'))

describe('the commands for weights', () => {
  test('bring a model, say what is known of it, list it, look into it, check it and take it away', async () => {
    expect(await report('models pull file:s1.gguf --accept-licence --offline')).toMatchObject({
      models: [
        {
          outcome: 'pulled',
          name: 's1',
          source: 'file:s1.gguf',
          licence: { effective: 'apache-2.0' },
          provenance: { level: 1 },
          files: [{ role: 'weights', name: 's1.gguf' }],
        },
      ],
    })
    const [list, inspect, fit, verified] = await Promise.all([
      report('models list'),
      report('models inspect s1'),
      report('models fit s1 --bandwidth 10GB'),
      report('models verify'),
    ])
    expect(list['models']).toContainEqual(
      expect.objectContaining({
        name: 's1',
        origin: 'pulled',
        source: 'file:s1.gguf',
        provenance: 1,
        state: 'idle',
      }),
    )
    expect(inspect).toMatchObject({
      file: 's1',
      manifest: { name: 's1' },
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(fit).toMatchObject({ model: 's1', quantisation: 'Q8_0', context_tokens: 512 })
    expect(verified).toMatchObject({ models: [{ name: 's1', ok: true, problem: null }] })
    const blobs = join(folder, '.musivum/weights/blobs')
    for (const blob of readdirSync(blobs)) rmSync(join(blobs, blob))
    expect(await report('models verify s1', 1)).toMatchObject({
      models: [
        {
          ok: false,
          problem:
            's1.gguf: its blob is gone; `musivum models pull FOLDER/s1.gguf --name s1` mends it: what is whole stays',
        },
      ],
    })
    expect(await report('models rm s1')).toEqual({
      models: [{ name: 's1', removed: true, freed_bytes: 0, blobs_later: false }],
    })
    expect(await report('models gc --dry-run')).toEqual({
      dry_run: true,
      blobs: 0,
      partials: 0,
      kept_partials: 0,
      freed_bytes: 0,
    })
  })

  test('say of a chat template that cannot be read that it answers nobody', async () => {
    const { header, fileBytes } = ggufHeaderBytes({
      metadata: [
        ['general.architecture', 'llama'],
        ['tokenizer.chat_template', '{% for message in messages %}{{ message.content '],
      ],
      tensors: [{ name: 't', shape: [32], type: 'F32' }],
    })
    const weights = Buffer.concat([header, Buffer.alloc(fileBytes - header.length)])
    writeFileSync(join(folder, 'unreadable.gguf'), weights)
    const flags = [
      { kind: 'unreadable', line: 1, why: expect.stringMatching(/chat template .* cannot be read/) },
    ]
    expect(await report('models pull unreadable.gguf --offline')).toMatchObject({
      models: [{ template: { flags } }],
    })
    expect(await report('models inspect unreadable.gguf --no-hash')).toMatchObject({ template: { flags } })
    await report('models rm unreadable')
  })

  test('know what ships with us by the names it is asked under', async () => {
    const [inspect, fit] = await Promise.all([
      report('models inspect starter-s1 --no-hash'),
      report('models fit starter-s1 --bandwidth 10GB'),
    ])
    expect(inspect).toMatchObject({ file: 'starter-s1-q8_0.gguf', architecture: 'llama' })
    expect(fit).toMatchObject({ model: 'starter-s1-q8_0.gguf', context_tokens: 512 })
  })

  test.each([
    [modelsPull, '', /needs a SOURCE/],
    [modelsPull, 's1.gguf secret-secret', /takes one SOURCE, but more words were given$/],
    [modelsPull, 'file:s1.gguf', /the licence of s1 \(Apache License 2\.0\) has to be accepted first/],
    [modelsPull, 'hf:a/b --offline', /offline no call goes out/],
    [modelsPull, 's1.gguf --name starter-l', /starter-l is the name of a model that ships with us; choose/],
    [modelsInspect, 'nothing', /no pulled model nothing; `musivum models list` says which were pulled/],
    [modelsInspect, 'hf:a/b:Q8_0', /bring it with `musivum models pull`, then give its name$/],
    [
      modelsPull,
      'https://h.example/x.gguf --token-env NOWHERE',
      /--token-env: the variable NOWHERE is not set/,
    ],
    [modelsPull, 'https://h.example/x.gguf --token-env hf_abcdefghijklmnopqrst', /never the token itself$/],
    [modelsVerify, 'other', /there is no other on the shelf/],
    [modelsRm, '', /needs the NAME of a pulled model/],
    [modelsRm, '../x', /is no name for weights/],
    [modelsGc, '', /nobody knows what broken needs, since its manifest cannot be read/],
  ])('$name %s is refused in one line', async (command, words, expected) => {
    const terminal = quietTerminal()
    if (command === modelsGc) saveBroken()
    await expect(
      command.run(parseArguments(command, words.split(' ').filter(Boolean)), terminal),
    ).rejects.toThrow(expected)
  })

  test.each([
    ['the environment', { MUSIVUM_OFFLINE: '1' }, '# nothing'],
    ['the configuration', {}, 'offline: true'],
  ])('offline is what %s says, too', async (_, env, yaml) => {
    writeFileSync(join(folder, 'musivum.yaml'), yaml)
    const args = parseArguments(modelsPull, ['hf:a/b'])
    await expect(modelsPull.run(args, quietTerminal(env))).rejects.toThrow(/offline no call goes out/)
  })
})

function saveBroken(): void {
  const models = join(folder, '.musivum/weights/models')
  mkdirSync(models, { recursive: true })
  writeFileSync(join(models, 'broken.json'), '{')
}

function quietTerminal(env: NodeJS.ProcessEnv = {}): Terminal {
  return {
    env: { MUSIVUM_HOME: join(folder, '.musivum'), HOME: folder, ...env },
    cwd: folder,
    signal: AbortSignal.timeout(60_000),
    write: () => undefined,
    note: () => undefined,
    interactive: false,
    input: { kind: 'other', read: () => Promise.resolve('') },
  }
}
