import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { commandLine } from './command-line.conformance.ts'
import { modelsKeygen } from './models-keygen.ts'
import { modelsLineage } from './models-lineage.ts'
import { modelsSign } from './models-sign.ts'
import { modelsVerify } from './models-verify.ts'
import { parseArguments } from './parse-arguments.ts'
import type { Terminal } from './terminal.ts'

const { report, folder } = commandLine()
const model = join(folder, 'model')
mkdirSync(model)
const starter = fileURLToPath(new URL('../../models/starter/starter-s1-q8_0.gguf', import.meta.url))
copyFileSync(starter, join(model, 's1.gguf'))
writeFileSync(join(model, 'config.json'), '{}')

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/model-signing/${name}`, import.meta.url))

/** In this process: what a command prints, as one document. */
async function run(command: typeof modelsVerify, ...words: readonly string[]) {
  let out = ''
  const terminal: Terminal = {
    env: { MUSIVUM_HOME: join(folder, '.musivum'), HOME: folder },
    cwd: folder,
    signal: AbortSignal.timeout(60_000),
    write: (text) => {
      out += text
    },
    note: () => undefined,
    interactive: false,
    input: { kind: 'other', read: () => Promise.resolve('') },
  }
  const code = await command.run(parseArguments(command, [...words, '--json']), terminal)
  const document = JSON.parse(out) as { readonly models?: readonly Record<string, unknown>[] }
  return { code, ...document, ...document.models?.[0] }
}

describe('signing and checking', () => {
  test('from a new key to a model that its maker signed', async () => {
    expect(await report('models keygen --out k.pem')).toMatchObject({ public_key: 'k.pem.pub' })
    expect(await run(modelsSign, 'model', '--key', 'k.pem')).toMatchObject({
      model: 'model',
      files: [{ name: 'config.json' }, { name: 's1.gguf' }],
      signature: 'model/model.sig',
    })
    const verify = () => run(modelsVerify, './model', '--key', 'k.pem.pub')
    expect(await verify()).toMatchObject({
      code: 0,
      ok: true,
      signature: { state: 'trusted', signed_files: 2 },
    })
    expect(await run(modelsVerify, './model')).toMatchObject({ code: 1, signature: { state: 'untrusted' } })
    writeFileSync(join(model, 'extra.json'), '{}')
    expect(await verify()).toMatchObject({ code: 1, ok: false, problem: 'extra.json is not signed' })
    rmSync(join(model, 'extra.json'))

    mkdirSync(join(folder, '.musivum'))
    writeFileSync(join(folder, '.musivum/makers.yaml'), 'makers:\n  - name: Acme\n    keys: [../k.pem.pub]\n')
    expect(await report('models pull model/s1.gguf --accept-licence --offline')).toMatchObject({
      models: [{ name: 's1', provenance: { level: 4, why: 'signed by Acme, every file of it' } }],
    })
    expect(await run(modelsVerify)).toMatchObject({
      code: 0,
      name: 's1',
      signature: { signer: { name: 'Acme' } },
    })
    rmSync(join(folder, '.musivum/makers.yaml'))
    expect(await run(modelsVerify)).toMatchObject({
      code: 0,
      signature: { state: 'untrusted' },
      provenance: { level: 1 },
    })
    expect(await run(modelsSign, 's1', '--key', 'k.pem', '--out', 'ours.sig')).toMatchObject({
      model: 's1',
      signature: 'ours.sig',
    })
    expect(await run(modelsVerify, 's1', '--signature', 'ours.sig', '--key', 'k.pem.pub')).toMatchObject({
      code: 0,
      signature: { state: 'trusted', signed_files: 1 },
    })
    expect(await run(modelsLineage, 's1')).toMatchObject({
      edges: [],
      licence: { declared: 'apache-2.0', effective: 'apache-2.0' },
    })
  })

  test('the signature of a pulled model is kept on the shelf, where no pull of another file finds it', async () => {
    const lone = join(folder, 'lone.gguf')
    copyFileSync(starter, lone)
    const ours = (text = 'keys: [../k.pem.pub]'): void =>
      writeFileSync(join(folder, '.musivum/makers.yaml'), `makers:\n  - name: Us\n    ${text}\n`)
    await report('models pull lone.gguf --accept-licence --offline')
    expect(await run(modelsSign, 'lone', '--key', 'k.pem')).toMatchObject({ model: 'lone', signature: null })
    expect(readdirSync(folder)).not.toContain('model.sig')
    expect(await run(modelsVerify, 'lone', '--key', 'k.pem.pub')).toMatchObject({ code: 0, ok: true })
    ours()
    expect(await run(modelsVerify, 'lone')).toMatchObject({
      signature: { state: 'trusted', signer: { name: 'Us' } },
      provenance: { level: 4 },
    })
    writeFileSync(lone, readFileSync(starter.replace('starter-s1', 'starter-s2')))
    await report('models pull lone.gguf --accept-licence --offline')
    expect(await run(modelsVerify, 'lone')).toMatchObject({ code: 0, signature: null })
    await run(modelsSign, 'lone', '--key', 'k.pem')
    await report('models rm lone')
    expect(readdirSync(join(folder, '.musivum/weights/models'))).not.toContain('lone.sig')
    rmSync(join(folder, '.musivum/makers.yaml'))
  })

  test('keyless, without a network', async () => {
    const signed = join(folder, 'signed')
    mkdirSync(signed)
    for (const name of ['signme-1', 'signme-2']) writeFileSync(join(signed, name), name)
    copyFileSync(fixture('keyless.sig'), join(signed, 'model.sig'))
    const issuer = 'https://sigstore.verify.ibm.com/oauth2'
    const by = ['--trusted-root', fixture('trusted-root.json'), '--issuer', issuer, '--identity']
    expect(await run(modelsVerify, 'signed', ...by, 'stefanb@us.ibm.com')).toMatchObject({
      code: 0,
      signature: { signer: { kind: 'keyless', at: '2025-10-07T15:33:48.000Z' } },
    })
    expect(await run(modelsVerify, 'signed', ...by, 'other@us.ibm.com')).toMatchObject({
      code: 1,
      problem: 'the signature: it is that of stefanb@us.ibm.com, expected other@us.ibm.com',
    })
  })
})

const readable = join(folder, 'readable.pem')
copyFileSync(fixture('key.pub'), readable)

test.each<[typeof modelsVerify, string, RegExp]>([
  [modelsVerify, '--key a --roots b', /--key and --roots are two ways/],
  [modelsVerify, '--identity a', /--identity goes with --trusted-root, or --identity with --roots/],
  [modelsVerify, '--issuer a', /--issuer goes with --trusted-root/],
  [modelsVerify, '--key readable.pem --identity a', /--identity goes with certificates/],
  [modelsVerify, '--trusted-root readable.pem', /needs --identity and --issuer/],
  [modelsVerify, '--trusted-root readable.pem --identity a --issuer b', /expected a trusted_root.json/],
  [modelsVerify, '--roots readable.pem', /readable.pem: no certificate/],
  [modelsVerify, '--key nowhere.pem', /nowhere.pem/],
  [modelsVerify, '--signature x.sig', /--signature is that of one model/],
  [modelsSign, 'model', /needs --key FILE/],
  [modelsSign, 'model --key readable.pem', /readable.pem: no key/],
  [modelsLineage, '', /takes the NAME of one pulled model/],
  [modelsLineage, 'nobody', /there is no nobody on the shelf/],
  [modelsKeygen, '--out readable.pem', /^readable.pem: there is a file of this name already/],
])('$name %s is refused in one line', async (command, words, expected) => {
  await expect(run(command, ...words.split(' ').filter(Boolean))).rejects.toThrow(expected)
})
