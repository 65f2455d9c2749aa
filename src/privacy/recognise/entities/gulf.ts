import { luhn } from '../checksums.ts'
import type { Recogniser, Verdict } from '../recogniser.ts'

export const gulf: readonly Recogniser[] = [
  {
    entity: 'AE_EMIRATES_ID',
    kind: 'national-id',
    sensitivity: 3,
    regions: ['AE'],
    shapes: [
      { pattern: /784-\d{4}-\d{7}-\d|784 \d{4} \d{7} \d/, score: 0.6, alone: 1 },
      { pattern: /784\d{12}/, score: 0.3, alone: 0.9 },
    ],
    check: checkEmiratesId,
    checksum: true,
    lenient: true,
    alone: 0.9,
    context: {
      en: 'emirates id, eid, uae id, identity card, national id, emirates, id number, ica',
      hi: 'अमीरात आईडी, एमिरेट्स आईडी',
      mr: 'अमिरात आयडी, एमिरेट्स आयडी',
      ar: 'الهوية, هوية, الهوية الإماراتية, رقم الهوية, بطاقة الهوية',
    },
  },
  {
    entity: 'AE_TRN',
    kind: 'company',
    sensitivity: 1,
    regions: ['AE'],
    shapes: [{ pattern: /100\d{12}|100-\d{4}-\d{4}-\d{4}/, score: 0.3 }],
    checksum: false,
    context: {
      en: 'trn, tax registration, vat, tax registration number, fta',
      hi: 'टीआरएन, कर पंजीकरण',
      mr: 'टीआरएन, कर नोंदणी',
      ar: 'الرقم الضريبي, رقم التسجيل الضريبي, ضريبة القيمة المضافة, الضريبي',
    },
  },
  {
    entity: 'SA_NATIONAL_ID',
    kind: 'national-id',
    sensitivity: 3,
    regions: ['SA'],
    shapes: [{ pattern: /1\d{9}/, score: 0.1 }],
    check: (value) => /^1\d{9}$/.test(value) && luhn(value),
    checksum: true,
    context: {
      en: 'saudi, national id, saudi id, id number, ksa, identity',
      hi: 'सऊदी, राष्ट्रीय पहचान',
      mr: 'सौदी, राष्ट्रीय ओळख',
      ar: 'الهوية الوطنية, هوية, رقم الهوية, السجل المدني, الهوية, بطاقة الأحوال',
    },
  },
  {
    entity: 'SA_IQAMA',
    kind: 'national-id',
    sensitivity: 3,
    regions: ['SA'],
    shapes: [{ pattern: /2\d{9}/, score: 0.1 }],
    check: (value) => /^2\d{9}$/.test(value) && luhn(value),
    checksum: true,
    context: {
      en: 'iqama, residence permit, resident id, muqeem, absher, saudi',
      hi: 'इक़ामा, इकामा, निवास परमिट',
      mr: 'इकामा, निवास परवाना',
      ar: 'الإقامة, إقامة, اقامة, رقم الإقامة, الاقامة, هوية مقيم',
    },
  },
]

/** 784 is the ISO 3166 number of the country, then the year of birth; the last digit is Luhn over the other fourteen. */
function checkEmiratesId(value: string): Verdict {
  const year = Number(value.slice(3, 7))
  return /^784\d{12}$/.test(value) && year >= 1900 && year <= 2099 && luhn(value)
}
