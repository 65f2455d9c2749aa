/**
 * How much harm it does when what was found gets out.
 * 0 nothing found; 1 technical or about a company (a URL, a date, a VAT number);
 * 2 leads to a person (e-mail, phone, IP address, number plate, postcode);
 * 3 identifies a person or moves money (national ids, passports, date of birth, cards, accounts);
 * 4 health (record, insurance and prescriber numbers) and secrets (keys, passwords).
 */
export type Sensitivity = 0 | 1 | 2 | 3 | 4
