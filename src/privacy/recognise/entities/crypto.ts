import { createHash } from 'node:crypto'
import { keccak256 } from '../keccak.ts'
import type { Recogniser, Verdict } from '../recogniser.ts'

export const cryptoAddress: readonly Recogniser[] = [
  {
    entity: 'CRYPTO',
    kind: 'financial',
    sensitivity: 3,
    regions: [],
    shapes: [
      { pattern: /[13][a-km-zA-HJ-NP-Z1-9]{25,34}/, score: 0.5, accept: checkBase58 },
      {
        pattern: /(?:bc|tb)1[ac-hj-np-z02-9]{11,71}|BC1[AC-HJ-NP-Z02-9]{11,71}/,
        score: 0.5,
        accept: checkBech32,
      },
      { pattern: /0x[0-9a-fA-F]{40}/, score: 0.7, accept: () => null },
    ],
    verify: checkCrypto,
    checksum: true,
    alone: 1,
    certain: true,
    context: {
      en: 'wallet, btc, bitcoin, crypto, ethereum, eth',
      hi: 'वॉलेट, बिटकॉइन',
      mr: 'वॉलेट, बिटकॉइन',
      ar: 'محفظة, بيتكوين',
    },
  },
]

/** The value as it is written: letters of both sizes are different digits here. */
function checkCrypto(value: string): Verdict {
  if (value.startsWith('0x')) return checkEthereum(value)
  return /^(?:bc|tb)1/i.test(value) ? checkBech32(value) : checkBase58(value)
}

/** ERC-55: a letter is a capital where the hash of the address in small letters has 8 or more. All small: nothing to check. */
function checkEthereum(value: string): Verdict {
  if (!/^0x[0-9a-fA-F]{40}$/.test(value)) return false
  const lower = value.slice(2).toLowerCase()
  if (value.slice(2) === lower) return null
  const hash = keccak256(new TextEncoder().encode(lower))
  const mixed = Array.from(lower, (letter, at) =>
    (hash[at] ?? '') > '7' ? letter.toUpperCase() : letter,
  ).join('')
  return value.slice(2) === mixed
}

const BASE_58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** Version byte, twenty bytes of hash, and the start of its double SHA-256. Versions: Bitcoin, and its test network. */
function checkBase58(value: string): Verdict {
  if (!/^[123mn][a-km-zA-HJ-NP-Z1-9]{25,34}$/.test(value)) return false
  let number = 0n
  for (const letter of value) number = number * 58n + BigInt(BASE_58.indexOf(letter))
  const hex = number.toString(16).padStart(50, '0')
  if (hex.length !== 50 || !['00', '05', '6f', 'c4'].includes(hex.slice(0, 2))) return false
  const once = createHash('sha256')
    .update(Buffer.from(hex.slice(0, 42), 'hex'))
    .digest()
  return createHash('sha256').update(once).digest('hex').startsWith(hex.slice(42))
}

const BECH_32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]

/** BIP 173, and BIP 350 for version 1 and above. All small or all capital letters, never both. */
function checkBech32(value: string): Verdict {
  const lower = value.toLowerCase()
  if (value !== lower && value !== value.toUpperCase()) return false
  const digits = Array.from(lower.slice(3)).map((letter) => BECH_32.indexOf(letter))
  if (digits.includes(-1) || digits.length < 8) return false
  const human = Array.from(lower.slice(0, 2)).map((letter) => letter.charCodeAt(0))
  const all = [...human.map((code) => code >> 5), 0, ...human.map((code) => code & 31), ...digits]
  return polynomial(all) === (digits[0] === 0 ? 1 : 0x2bc830a3)
}

function polynomial(values: readonly number[]): number {
  return values.reduce((state, value) => {
    const top = state >>> 25
    const shifted = ((state & 0x1ffffff) << 5) ^ value
    return (
      GENERATORS.reduce((next, generator, bit) => ((top >>> bit) & 1 ? next ^ generator : next), shifted) >>>
      0
    )
  }, 1)
}
