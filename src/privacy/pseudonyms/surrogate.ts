/**
 * Stand-ins that look like what they replace, from ranges that are reserved for examples or can never be valid, so that a
 * stand-in that gets out is nobody's number. Where no such range is large enough the value gets an opaque token instead.
 *
 * Sources: e-mail and URL: RFC 2606 (`.invalid`, example.com); IPv4: RFC 5737; IPv6: RFC 3849; MAC: the locally administered
 * bit of IEEE 802; telephone: +999 is reserved and unassigned (ITU-T E.164 list); US SSN: area 000 is never issued (SSA);
 * cards: issuer identifiers that begin with 0 are not banks' (ISO/IEC 7812), and the check digit is wrong; IBAN: `ZZ` is no
 * country (ISO 3166 user-assigned), and the check digits 00 are never valid (ISO 13616).
 */
export function surrogateFor(
  entity: string,
  value: string,
  digest: Uint8Array,
  attempt = 0,
): string | undefined {
  const bytes = digest.subarray(attempt * 4)
  return bytes.length < 8 ? undefined : SURROGATES[entity]?.(digits(bytes), value)
}

/** `next(n)` is a number from 0 to n - 1. The digest has 32 bytes; twelve numbers are more than any stand-in needs. */
type Digits = { readonly next: (below: number) => number; readonly run: (length: number) => string }

const SURROGATES: Readonly<Record<string, (from: Digits, value: string) => string>> = {
  EMAIL_ADDRESS: ({ run }) => `person.${run(8)}@example.invalid`,
  URL: ({ run }) => `https://example.com/${run(8)}`,
  IP_ADDRESS: ({ next, run }, value) =>
    value.includes(':')
      ? `2001:db8::${next(0xffff).toString(16)}:${next(0xffff).toString(16)}`
      : `${['192.0.2', '198.51.100', '203.0.113'][next(3)] ?? '192.0.2'}.${Number(run(3)) % 254 || 1}`,
  MAC_ADDRESS: ({ next }) =>
    ['02', '00', ...[1, 2, 3, 4].map(() => next(256).toString(16).padStart(2, '0'))].join(':'),
  PHONE_NUMBER: ({ run }) => `+999 ${run(3)} ${run(3)} ${run(3)}`,
  US_SSN: ({ run }) => `000-${run(2)}-${run(4)}`,
  CREDIT_CARD: ({ run }) => withWrongCheckDigit(`0${run(14)}`),
  IBAN_CODE: ({ run }) => `ZZ00${run(16)}`,
}

function digits(bytes: Uint8Array): Digits {
  let at = 0
  const next = (below: number): number => {
    const value = ((bytes[at % bytes.length] ?? 0) << 8) | (bytes[(at + 1) % bytes.length] ?? 0)
    at += 2
    return value % below
  }
  return { next, run: (length) => Array.from({ length }, () => String(next(10))).join('') }
}

/** One more than the digit Luhn's rule asks for. */
function withWrongCheckDigit(payload: string): string {
  let sum = 0
  for (let index = 0; index < payload.length; index += 1) {
    const digit = Number(payload.charAt(payload.length - 1 - index)) * (index % 2 === 0 ? 2 : 1)
    sum += digit > 9 ? digit - 9 : digit
  }
  return payload + String((10 - (sum % 10) + 1) % 10)
}
