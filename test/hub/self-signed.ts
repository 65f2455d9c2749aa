import { generateKeyPairSync, sign } from 'node:crypto'

/**
 * A certificate for names of tests, made anew each time so that no private key lies in the repository. X.509 version 3
 * with ECDSA on P-256, as short as TLS clients accept.
 */
export function selfSigned(names: readonly string[]): { readonly key: string; readonly cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(identifier('2a8648ce3d040302'))
  const who = sequence(der(0x31, sequence(identifier('550403'), der(0x0c, Buffer.from(names[0] ?? 'test')))))
  const certified = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1)),
    algorithm,
    who,
    sequence(der(0x17, Buffer.from('200101000000Z')), der(0x17, Buffer.from('491231235959Z'))),
    who,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(alternativeNames(names), basicConstraints())),
  )
  const signature = der(0x03, Buffer.concat([Buffer.of(0), sign('sha256', certified, privateKey)]))
  const body = sequence(certified, algorithm, signature).toString('base64')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${body.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  }
}

function alternativeNames(names: readonly string[]): Buffer {
  const list = sequence(...names.map((name) => der(0x82, Buffer.from(name))))
  return sequence(identifier('551d11'), der(0x04, list))
}

/** It signs itself, so it must say that it may. */
function basicConstraints(): Buffer {
  return sequence(identifier('551d13'), der(0x04, sequence(der(0x01, Buffer.of(0xff)))))
}

function identifier(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'))
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...size), content])
}
