import fc from 'fast-check'
import { stdnum } from 'stdnum'
import { describe, expect, test } from 'vitest'
import { recognisers } from './recognisers.ts'
import { verifyValue } from './verify.ts'

/** A second opinion that shares no code with ours. Kept to the checks that both know in the same extent. */
const ORACLES = [
  ['IN_AADHAAR', 'in', 'aadhaar', '234123412346'],
  ['BR_CPF', 'br', 'cpf', '39053344705'],
  ['BR_CNPJ', 'br', 'cnpj', '16727230000197'],
  ['AU_ABN', 'au', 'abn', '83914571673'],
  ['AU_ACN', 'au', 'acn', '004085616'],
  ['AU_TFN', 'au', 'tfn', '123456782'],
  ['DE_VAT_ID', 'de', 'vat', 'DE136695976'],
  ['DE_SOCIAL_SECURITY', 'de', 'svnr', '15070649C103'],
  ['FR_NIR', 'fr', 'nir', '295109912611193'],
  ['ES_NIF', 'es', 'dni', '54362315K'],
  ['ES_NIE', 'es', 'nie', 'X2482300W'],
  ['IT_VAT_CODE', 'it', 'iva', '00743110157'],
  ['PL_PESEL', 'pl', 'pesel', '44051401359'],
  ['SE_ORGANISATIONSNUMMER', 'se', 'orgnr', '1234567897'],
  ['SG_UEN', 'sg', 'uen', '197401143C'],
  ['TH_TNIN', 'th', 'idnr', '1101230000060'],
  ['TR_NATIONAL_ID', 'tr', 'tckimlik', '64211142102'],
  ['KR_BRN', 'kr', 'brn', '1168200276'],
] as const

describe.each(ORACLES)('%s', (entity, country, name, valid) => {
  const oracle = stdnum[country.toUpperCase()]?.[name] ?? stdnum[country]?.[name]

  test('a number of its issuer passes', () => {
    expect(oracle).toBeDefined()
    expect([verifyValue(entity, valid), oracle?.validate(valid).isValid]).toEqual([true, true])
  })

  test('changed by a digit it passes where the other implementation lets it pass, and nowhere else', () => {
    const place = fc.nat(valid.length - 1)
    const property = fc.property(place, fc.nat(9), (at, digit) => {
      const changed = valid.slice(0, at) + String(digit) + valid.slice(at + 1)
      expect([changed, verifyValue(entity, changed)]).toEqual([changed, oracle?.validate(changed).isValid])
    })
    fc.assert(property, { seed: 6, numRuns: 200 })
  })
})

test.each([
  ['CREDIT_CARD', '4012-8888-8888-1881', true],
  ['CREDIT_CARD', '4012-8888-8888-1882', false],
  ['CREDIT_CARD', '４０１２ ８８８８ ８８８８ １８８１', true],
  ['IBAN_CODE', 'AT61 1904 3002 3457 3201', true],
  ['IBAN_CODE', 'AT61 1904 3002 3457 320', false],
  ['US_NPI', '1234567893', true],
  ['UK_NHS', '943 476 5919', true],
  ['UK_NHS', '943 476 5918', false],
  ['AE_EMIRATES_ID', '784-1980-1234567-9', false],
  ['SA_IQAMA', '2000000002', false],
  ['MEDICAL_LICENSE', 'BB1388568', true],
  ['IT_FISCAL_CODE', 'RCCMNL83S18D969H', true],
  ['FI_PERSONAL_IDENTITY_CODE', '131052-308T', true],
  ['CRYPTO', '16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ', true],
  ['CRYPTO', '16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyY', false],
  ['CRYPTO', 'bc1p5d7rjq7g6rdk2yhzks9smlaqtedr4dekq08ge8ztwac72sfr9rusxg3297', true],
  ['VIN', '1M8GDM9AXKP042788', true],
  ['KR_RRN', '960121-1021413', true],
  ['PHONE_NUMBER', '+1 415 555 0132', null],
  ['US_PASSPORT', '912803456', null],
] as const)('%s %s is %s', (entity, value, verdict) => {
  expect(verifyValue(entity, value)).toBe(verdict)
})

test('a value of any form gets a verdict, whatever was asked', () => {
  const entity = fc.constantFrom(...recognisers.map((each) => each.entity))
  const property = fc.property(entity, fc.string({ unit: 'binary', maxLength: 40 }), (name, value) => {
    expect([true, false, null]).toContain(verifyValue(name, value))
  })
  fc.assert(property, { seed: 6, numRuns: 2_000 })
})

test('an entity that there is not is a mistake of the caller', () => {
  expect(() => verifyValue('NOPE', '1')).toThrow(RangeError)
})
