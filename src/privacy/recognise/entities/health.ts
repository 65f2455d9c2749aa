import type { Recogniser } from '../recogniser.ts'

export const health: readonly Recogniser[] = [
  {
    entity: 'MEDICAL_RECORD_NUMBER',
    kind: 'health',
    sensitivity: 4,
    regions: [],
    // Every hospital has a form of its own: the configuration may say which; without it a label has to stand beside it.
    shapes: [
      { pattern: /(?:MRN|UHID)-?\d{4,12}/i, score: 0.75, certain: true },
      { pattern: /[A-Z]{1,4}-?\d{4,12}/i, score: 0.05 },
      { pattern: /\d{4,12}/, score: 0.03 },
    ],
    checksum: false,
    near: 24,
    context: {
      en: 'mrn, medical record, medical record number, patient id, patient number, chart number, record number, hospital number, uhid, health id, medical id, case number, emr, ehr',
      hi: 'रोगी आईडी, मरीज आईडी, चिकित्सा रिकॉर्ड, एमआरएन, पंजीयन संख्या',
      mr: 'रुग्ण क्रमांक, रुग्ण आयडी, वैद्यकीय नोंद, एमआरएन',
      ar: 'رقم الملف, السجل الطبي, رقم المريض, الملف الطبي',
      de: 'patientennummer, fallnummer, patienten-id',
      fr: 'numéro de dossier, dossier médical',
      es: 'historia clínica, número de historia',
    },
  },
  {
    entity: 'HEALTH_PLAN_NUMBER',
    kind: 'health',
    sensitivity: 4,
    regions: [],
    shapes: [
      { pattern: /[A-Z]{1,4}-?\d{5,12}/i, score: 0.04 },
      { pattern: /\d{6,12}/, score: 0.02 },
    ],
    checksum: false,
    near: 20,
    context: {
      en: 'insurance id, member id, subscriber id, beneficiary, health plan, insurance number, policy number, health insurance, insurance policy',
      hi: 'बीमा, बीमा संख्या, पॉलिसी, पॉलिसी संख्या, सदस्य आईडी',
      mr: 'विमा, विमा क्रमांक, पॉलिसी, पॉलिसी क्रमांक, सदस्य आयडी',
      ar: 'التأمين, رقم التأمين, رقم البوليصة, رقم العضوية',
    },
  },
  {
    entity: 'DEVICE_SERIAL_NUMBER',
    kind: 'device',
    sensitivity: 2,
    regions: [],
    shapes: [
      {
        pattern: /[A-Z0-9]{3,6}-?[A-Z0-9]{3,14}/,
        score: 0.02,
        accept: (text) => (/\d/.test(text) ? null : false),
      },
    ],
    checksum: false,
    near: 12,
    context: {
      en: 'serial number, serial no, serial, s/n, device id, device identifier, pacemaker, implant',
      hi: 'सीरियल नंबर, क्रम संख्या',
      mr: 'सिरीयल नंबर, अनुक्रमांक',
      ar: 'الرقم التسلسلي, رقم الجهاز',
    },
  },
]
