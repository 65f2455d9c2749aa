import { luhn, luhnOver, verhoeff } from '../checksums.ts'
import type { Recogniser, Verdict } from '../recogniser.ts'

const IN = ['IN']

export const india: readonly Recogniser[] = [
  {
    entity: 'IN_AADHAAR',
    kind: 'national-id',
    sensitivity: 3,
    regions: IN,
    shapes: [
      { pattern: /[2-9]\d{3}[ :-]\d{4}[ :-]\d{4}/, score: 0.3, alone: 0.9 },
      { pattern: /[2-9]\d{11}/, score: 0.1, alone: 0.4 },
    ],
    check: checkAadhaar,
    checksum: true,
    labelled: true,
    context: {
      en: 'aadhaar, aadhar, uidai, uid, adhaar, aadhaar number',
      hi: 'आधार, आधार संख्या, आधार नंबर, आधार कार्ड',
      mr: 'आधार, आधार क्रमांक, आधार कार्ड',
      ar: 'آدهار',
    },
  },
  {
    entity: 'IN_VID',
    kind: 'national-id',
    sensitivity: 3,
    regions: IN,
    shapes: [{ pattern: /[2-9]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}/, score: 0.05 }],
    check: (value) => /^[2-9]\d{15}$/.test(value) && verhoeff(value) && !isPalindrome(value),
    checksum: true,
    context: {
      en: 'virtual id, vid, aadhaar, aadhar, uidai',
      hi: 'वर्चुअल आईडी, आधार',
      mr: 'व्हर्च्युअल आयडी, आधार',
    },
  },
  {
    entity: 'IN_PAN',
    kind: 'tax',
    sensitivity: 3,
    regions: IN,
    shapes: [
      { pattern: /[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]/, score: 0.85 },
      { pattern: /[A-Z]{5}\d{4}[A-Z]/i, score: 0.5 },
      {
        pattern: /[A-Z0-9]{10}/i,
        score: 0.01,
        accept: (text) => (/\d{4}/.test(text) && /[a-z]/i.test(text) ? null : false),
      },
    ],
    check: (value) =>
      /^[A-Z]{3}[ABCEFGHJKLPT][A-Z]\d{4}[A-Z]$/.test(value) && value.slice(5, 9) !== '0000' ? null : false,
    checksum: false,
    lenient: true,
    context: {
      en: 'permanent account number, pan, pan card, pan number, income tax',
      hi: 'पैन, पैन कार्ड, पैन नंबर, स्थायी खाता संख्या',
      mr: 'पॅन, पॅन कार्ड, पॅन क्रमांक',
    },
  },
  {
    entity: 'IN_GSTIN',
    kind: 'company',
    sensitivity: 1,
    regions: IN,
    shapes: [{ pattern: /\d{2}[A-Z]{5}\d{4}[A-Z][A-Z1-9]Z[A-Z0-9]/i, score: 0.6, accept: hasState }],
    check: checkGstin,
    checksum: true,
    lenient: true,
    certain: true,
    context: {
      en: 'gst, gstin, goods and services tax, gst number, tax identification',
      hi: 'जीएसटी, जीएसटीआईएन',
      mr: 'जीएसटी, जीएसटीआयएन',
    },
  },
  {
    entity: 'IN_PASSPORT',
    kind: 'travel-document',
    sensitivity: 3,
    regions: IN,
    shapes: [{ pattern: /[A-Z][1-9]\d ?\d{4}[1-9]/i, score: 0.1 }],
    checksum: false,
    context: {
      en: 'passport, indian passport, passport number, travel document',
      hi: 'पासपोर्ट, पासपोर्ट संख्या',
      mr: 'पासपोर्ट, पारपत्र',
      ar: 'جواز, جواز السفر',
    },
  },
  {
    entity: 'IN_VOTER',
    kind: 'national-id',
    sensitivity: 3,
    regions: IN,
    shapes: [
      { pattern: /[A-Z][ABCDGHJKMNPRSY][A-Z]\d{7}/i, score: 0.4 },
      { pattern: /[A-Z]{3}\d{7}/i, score: 0.3 },
    ],
    check: (value) => /^[A-Z]{3}\d{7}$/.test(value) && luhn(value.slice(3)),
    checksum: true,
    lenient: true,
    alone: 0.4,
    context: {
      en: 'voter, epic, elector, voter id, election, electoral',
      hi: 'मतदाता, मतदाता पहचान पत्र, वोटर आईडी',
      mr: 'मतदार, मतदार ओळखपत्र',
      ar: 'ناخب',
    },
  },
  {
    entity: 'IN_VEHICLE_REGISTRATION',
    kind: 'vehicle',
    sensitivity: 2,
    regions: IN,
    shapes: [
      { pattern: /[A-Z]{2}[ -]?\d{1,2}[ -]?[A-Z]{1,3}[ -]?\d{4}/i, score: 0.5, accept: platePlace },
      { pattern: /\d{2}[ -]?BH[ -]?\d{4}[ -]?[A-Z]{1,2}/i, score: 0.5 },
      { pattern: /[A-Z]{3}\d{4}/i, score: 0.2 },
      { pattern: /[A-Z]{2}\d{4}|[A-Z]\d{5}/i, score: 0.01 },
    ],
    check: checkPlate,
    checksum: false,
    lenient: true,
    alone: 0.5,
    context: {
      en: 'rto, vehicle, plate, registration, number plate, licence plate, bike, car, scooter',
      hi: 'वाहन, गाड़ी, गाड़ी नंबर, पंजीकरण',
      mr: 'वाहन, गाडी, गाडी क्रमांक, नोंदणी',
      ar: 'لوحة, مركبة',
    },
  },
  {
    entity: 'IN_ABHA',
    kind: 'health',
    sensitivity: 4,
    regions: IN,
    shapes: [
      { pattern: /\d{2}-\d{4}-\d{4}-\d{4}/, score: 0.6 },
      { pattern: /\d{2} \d{4} \d{4} \d{4}/, score: 0.3 },
      { pattern: /\d{14}/, score: 0.05 },
    ],
    checksum: false,
    context: {
      en: 'abha, health id, ayushman, abdm, ndhm, health account, abha number',
      hi: 'आभा, आयुष्मान, स्वास्थ्य आईडी, हेल्थ आईडी',
      mr: 'आभा, आयुष्मान, आरोग्य आयडी',
    },
  },
]

/** UIDAI: twelve digits, not beginning with 0 or 1, not the same from both ends, Verhoeff. */
function checkAadhaar(value: string): Verdict {
  return /^[2-9]\d{11}$/.test(value) && verhoeff(value) && !isPalindrome(value)
}

function isPalindrome(value: string): boolean {
  return Array.from(value).reverse().join('') === value
}

const BASE_36 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** GST council: state code 01 to 38 (97 other territory, 99 centre), PAN, Z, check character modulo 36. */
function checkGstin(value: string): Verdict {
  if (!/^\d{2}[A-Z]{5}\d{4}[A-Z][A-Z1-9]Z[A-Z0-9]$/.test(value)) return false
  return hasState(value) === null && luhnOver(BASE_36, value)
}

function hasState(matched: string): Verdict {
  const state = Number(matched.slice(0, 2))
  return (state >= 1 && state <= 38) || state === 97 || state === 99 ? null : false
}

/** The highest office number of each state (Ministry of Road Transport, list of RTO codes). */
const OFFICES: ReadonlyMap<string, number> = new Map(
  (
    'AN:2 AP:40 AR:26 AS:34 BR:57 CG:31 CH:4 DD:3 DL:18 DN:9 GA:12 GJ:39 HP:99 HR:99 JH:24 JK:22 KA:71 ' +
    'KL:99 LA:2 LD:9 MH:58 ML:14 MN:7 MP:72 MZ:8 NL:10 OD:35 OR:35 PB:99 PY:5 RJ:62 SK:8 TG:38 TN:99 ' +
    'TR:8 TS:38 UA:20 UK:20 UP:96 WB:98'
  )
    .split(' ')
    .map((row) => [row.slice(0, 2), Number(row.slice(3))]),
)

function platePlace(matched: string): Verdict {
  const verdict = checkPlate(matched.replace(/[ -]/g, '').toUpperCase())
  // A state that there is, with an office that we do not know of: they open new ones.
  return verdict === null && !OFFICES.has(matched.slice(0, 2).toUpperCase()) ? false : verdict
}

function checkPlate(value: string): Verdict {
  const parts = /^([A-Z]{2})(\d{1,2})[A-Z]{1,3}\d{4}$/.exec(value)
  const most = OFFICES.get(parts?.[1] ?? '')
  const office = Number(parts?.[2])
  return most !== undefined && office >= 1 && office <= most ? true : null
}
