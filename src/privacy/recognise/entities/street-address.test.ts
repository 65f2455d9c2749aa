import { expect, test } from 'vitest'
import { createRecognise } from '../recognise.ts'

const recognise = createRecognise()

function addresses(text: string): readonly string[] {
  return recognise(text)
    .filter(({ entity }) => entity === 'STREET_ADDRESS')
    .map(({ start, end }) => text.slice(start, end))
}

test.each([
  '931 Main Street, Springfield, IL',
  '1198 Hawthorn Circle, Georgetown, NC 40798',
  '77 N Oak Ave., Apt 4B, Dover, DE 19901-1234',
  '221B Baker Street, London NW1 6XE',
  '12/4, MG Road, Bengaluru 560001',
  '12, Gandhi Nagar, Pune - 411 001',
  'Königstraße 12a, 70173 Stuttgart',
  'Alte Berliner Straße 5',
  'Lindenweg 3, 10115 Berlin',
  'Hauptstr. 7',
  '24, avenue des Champs-Élysées',
  '12 bis rue de l’Abbé Grégoire, 75006 Paris',
  'P.O. Box 1234',
  'Postfach 10 12',
])('%s is an address, whole, and stands for itself', (address) => {
  expect(addresses(`Sent on Monday to ${address} and not back.`)).toEqual([address])
})

test.each(['221B Baker Street', '12 Oak Ave', 'Lindenweg 3'])(
  '%s is one beside a word that says so',
  (street) => {
    expect(addresses(`Address: ${street}`)).toEqual([street])
    expect(addresses(`It was ${street}`)).toEqual([])
  },
)

test.each([
  'In 1990 Wall Street fell by 5 Percent.',
  'We met at 5 Star Court in Dover.',
  'Go 3 Steps This Way',
  'Der Unterweg 5 Kilometer lang',
  'During 5 years, 7 Drivers',
  'Version 2 Drive, 3 Place settings',
  'il y a 2 rues plus loin',
])('%s is none', (text) => {
  expect(addresses(text)).toEqual([])
})

test.each(['1 A ', '12 Aaa Bbb Ccc Ddd Eee ', 'Aaweg 1 ', 'A. A. Aastraße 1, ', '1 rue de la '])(
  'a text of nothing but "%s" is read in linear time',
  (piece) => {
    const time = (length: number): number => {
      const text = piece.repeat(length / piece.length)
      const before = process.threadCpuUsage()
      recognise(text)
      const { user, system } = process.threadCpuUsage(before)
      return (user + system) / 1000
    }
    time(20_000)
    expect(time(200_000)).toBeLessThan(3_000)
  },
)
