/** Cases in which we differ on purpose. A case that is not here and differs counts against us. */
export const DEVIATIONS: readonly { readonly item: string; readonly reason: string }[] = [
  {
    item: 'presidio-recognizers-00233',
    reason:
      'A card number in the groups of a card with a wrong check digit is a card with a typing error: found, with a low score.',
  },
  {
    item: 'presidio-recognizers-00718',
    reason: 'People write IBANs in small letters too; the check digits are right.',
  },
  {
    item: 'presidio-validators-00664',
    reason:
      'Shape and state are those of a GSTIN, its check character (modulo 36) is wrong. It is found, and verified as false.',
  },
  { item: 'presidio-validators-00665', reason: 'As before.' },
  {
    item: 'stdnum-js-01121',
    reason: 'The check digit is wrong: Luhn gives 8, not 0. The library itself says so too.',
  },
  { item: 'stdnum-js-01123', reason: 'Not a number: a piece of the name of a test.' },
  { item: 'stdnum-js-01124', reason: 'Not a number: a piece of the name of a test.' },
  {
    item: 'validator-js-01591',
    reason: 'Month 33 in the year code is month 13 of the 2000s: there is none.',
  },
  { item: 'validator-js-01593', reason: 'Month 56 is month 16 of the 2100s: there is none.' },
  {
    item: 'validator-js-06903',
    reason: 'validator.js looks at the form only; the check bytes (double SHA-256) are wrong.',
  },
  {
    item: 'validator-js-06915',
    reason: 'An Ethereum address, which is not Bitcoin and is an address: nothing to check, so null.',
  },
  {
    item: 'validator-js-06923',
    reason: 'BIP 173 and 350 allow all capitals; the check characters are right.',
  },
  { item: 'validator-js-07861', reason: 'People write separators; the digits are right.' },
  { item: 'validator-js-07908', reason: 'People write separators; the digits are right.' },
  { item: 'validator-js-07909', reason: 'People write separators; the digits are right.' },
  { item: 'validator-js-07910', reason: 'People write separators; the digits are right.' },
  { item: 'validator-js-07994', reason: 'People write separators; number and letter are right.' },
  {
    item: 'validator-js-08182',
    reason: 'Luhn over the ten digits is wrong; validator.js takes the first ten of twelve.',
  },
  {
    item: 'validator-js-08184',
    reason: 'Luhn over the ten digits is wrong; validator.js takes the first ten of twelve.',
  },
  {
    item: 'validator-js-08185',
    reason:
      'The sign says that the person is over a hundred years old, which needs a clock to refute; the digits are right.',
  },
]
