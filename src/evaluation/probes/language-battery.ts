import type { JsonObject } from '../../core/json.ts'
import { SAMPLE_SENTENCES, type ProbeLanguage } from './sample-sentences.ts'

export type LanguageSkill = 'fact' | 'copy' | 'translate'

/** One question in one language. The same `concept` stands in every language, so that languages are compared in pairs. */
export type LanguageItem = {
  readonly concept: string
  readonly skill: LanguageSkill
  readonly language: ProbeLanguage
  readonly prompt: string
  /** Any of them is right. */
  readonly gold: readonly string[]
  readonly scorer: { readonly name: string; readonly settings: JsonObject }
}

type ByLanguage<Value> = Readonly<Record<ProbeLanguage, Value>>

/**
 * Twelve facts, six sentences to copy and twelve words to translate in each of four languages, written for this project and in
 * the public domain (CC0 1.0). Everything asked is known to a child, so what is measured is the language.
 */
export function languageBattery(languages: readonly ProbeLanguage[]): readonly LanguageItem[] {
  return languages.flatMap((language) => [
    ...FACTS.map((fact) => factItem(fact, language)),
    ...SAMPLE_SENTENCES[language].map((text, place) => copyItem(text, place, language)),
    ...WORDS.map((word) => translateItem(word, language)),
  ])
}

const WORD = { ignore_case: true, ignore_punctuation: true }

function factItem({ concept, ask, gold }: Fact, language: ProbeLanguage): LanguageItem {
  const base = { concept: `fact ${concept}`, skill: 'fact', language } as const
  if (typeof gold === 'number') {
    const prompt = `${ask[language]} ${NUMBER_ONLY[language]}`
    return { ...base, prompt, gold: [String(gold)], scorer: { name: 'number', settings: {} } }
  }
  const prompt = `${ask[language]} ${SHORT[language]}`
  const settings = { require: 'any', whole_words: true }
  return { ...base, prompt, gold: gold[language], scorer: { name: 'contains', settings } }
}

function copyItem(text: string, place: number, language: ProbeLanguage): LanguageItem {
  const prompt = `${COPY[language]}\n${text}`
  const scorer = { name: 'exact', settings: {} }
  return { concept: `copy ${place + 1}`, skill: 'copy', language, prompt, gold: [text], scorer }
}

/** Into English from Hindi, into the others from English: what is measured is the language that is written. */
function translateItem({ concept, words }: Word, language: ProbeLanguage): LanguageItem {
  const from = words[language === 'en' ? 'hi' : 'en'][0] ?? ''
  return {
    concept: `translate ${concept}`,
    skill: 'translate',
    language,
    prompt: TRANSLATE[language].replace('{word}', from),
    gold: words[language],
    scorer: { name: 'exact', settings: WORD },
  }
}

const NUMBER_ONLY: ByLanguage<string> = {
  en: 'Answer with a number only.',
  hi: 'उत्तर में केवल एक संख्या लिखें।',
  mr: 'उत्तर म्हणून फक्त एक संख्या लिहा.',
  ar: 'أجب برقم فقط.',
}

const SHORT: ByLanguage<string> = {
  en: 'Answer with one or two words only.',
  hi: 'उत्तर केवल एक या दो शब्दों में दें।',
  mr: 'उत्तर फक्त एक किंवा दोन शब्दांत द्या.',
  ar: 'أجب بكلمة أو كلمتين فقط.',
}

const COPY: ByLanguage<string> = {
  en: 'Repeat the following sentence exactly and write nothing else:',
  hi: 'नीचे का वाक्य ठीक वैसा ही दोहराएँ और कुछ न लिखें:',
  mr: 'खालील वाक्य जसेच्या तसे पुन्हा लिहा, दुसरे काही लिहू नका:',
  ar: 'كرر الجملة التالية كما هي تماما ولا تكتب شيئا آخر:',
}

const TRANSLATE: ByLanguage<string> = {
  en: 'Translate the Hindi word "{word}" into English. Answer with one word only.',
  hi: 'अंग्रेज़ी शब्द "{word}" का हिंदी में अनुवाद करें। केवल एक शब्द लिखें।',
  mr: 'इंग्रजी शब्द "{word}" याचे मराठीत भाषांतर करा. फक्त एक शब्द लिहा.',
  ar: 'ترجم الكلمة الإنجليزية "{word}" إلى العربية. أجب بكلمة واحدة فقط.',
}

type Fact = {
  readonly concept: string
  readonly ask: ByLanguage<string>
  readonly gold: number | ByLanguage<readonly string[]>
}

const FACTS: readonly Fact[] = [
  {
    concept: 'week',
    ask: {
      en: 'How many days are in a week?',
      hi: 'एक सप्ताह में कितने दिन होते हैं?',
      mr: 'एका आठवड्यात किती दिवस असतात?',
      ar: 'كم يوما في الأسبوع؟',
    },
    gold: 7,
  },
  {
    concept: 'year',
    ask: {
      en: 'How many months are in a year?',
      hi: 'एक वर्ष में कितने महीने होते हैं?',
      mr: 'एका वर्षात किती महिने असतात?',
      ar: 'كم شهرا في السنة؟',
    },
    gold: 12,
  },
  {
    concept: 'day',
    ask: {
      en: 'How many hours are in one day?',
      hi: 'एक दिन में कितने घंटे होते हैं?',
      mr: 'एका दिवसात किती तास असतात?',
      ar: 'كم ساعة في اليوم الواحد؟',
    },
    gold: 24,
  },
  {
    concept: 'spider',
    ask: {
      en: 'How many legs does a spider have?',
      hi: 'मकड़ी के कितने पैर होते हैं?',
      mr: 'कोळ्याला किती पाय असतात?',
      ar: 'كم رجلا للعنكبوت؟',
    },
    gold: 8,
  },
  {
    concept: 'sum',
    ask: {
      en: 'What is 17 plus 26?',
      hi: '17 और 26 का योग कितना है?',
      mr: '17 आणि 26 यांची बेरीज किती?',
      ar: 'ما مجموع 17 و26؟',
    },
    gold: 43,
  },
  {
    concept: 'product',
    ask: {
      en: 'What is 9 times 6?',
      hi: '9 गुणा 6 कितना होता है?',
      mr: '9 गुणिले 6 किती?',
      ar: 'ما حاصل ضرب 9 في 6؟',
    },
    gold: 54,
  },
  {
    concept: 'india',
    ask: {
      en: 'What is the capital of India?',
      hi: 'भारत की राजधानी क्या है?',
      mr: 'भारताची राजधानी कोणती?',
      ar: 'ما عاصمة الهند؟',
    },
    gold: {
      en: ['New Delhi', 'Delhi'],
      hi: ['नई दिल्ली', 'दिल्ली'],
      mr: ['नवी दिल्ली', 'दिल्ली'],
      ar: ['نيودلهي', 'دلهي'],
    },
  },
  {
    concept: 'egypt',
    ask: {
      en: 'What is the capital of Egypt?',
      hi: 'मिस्र की राजधानी क्या है?',
      mr: 'इजिप्तची राजधानी कोणती?',
      ar: 'ما عاصمة مصر؟',
    },
    gold: {
      en: ['Cairo'],
      hi: ['काहिरा', 'क़ाहिरा', 'कैरो'],
      mr: ['कैरो', 'काहिरा'],
      ar: ['القاهرة'],
    },
  },
  {
    concept: 'leaf',
    ask: {
      en: 'What colour are fresh leaves?',
      hi: 'ताज़ी पत्तियाँ किस रंग की होती हैं?',
      mr: 'ताज्या पानांचा रंग कोणता असतो?',
      ar: 'ما لون أوراق الشجر الطازجة؟',
    },
    gold: {
      en: ['green'],
      hi: ['हरा', 'हरी', 'हरे'],
      mr: ['हिरवा', 'हिरवी', 'हिरवे'],
      ar: ['أخضر', 'اخضر', 'الأخضر', 'خضراء'],
    },
  },
  {
    concept: 'hot',
    ask: {
      en: 'What is the opposite of "hot"?',
      hi: '"गरम" का विलोम शब्द क्या है?',
      mr: '"गरम" या शब्दाचा विरुद्धार्थी शब्द कोणता?',
      ar: 'ما عكس كلمة "حار"؟',
    },
    gold: {
      en: ['cold', 'cool'],
      hi: ['ठंडा', 'ठंडी', 'ठण्डा', 'शीतल'],
      mr: ['थंड', 'गार', 'शीतल'],
      ar: ['بارد', 'البارد'],
    },
  },
  {
    concept: 'planet',
    ask: {
      en: 'On which planet do people live?',
      hi: 'मनुष्य किस ग्रह पर रहते हैं?',
      mr: 'माणसे कोणत्या ग्रहावर राहतात?',
      ar: 'على أي كوكب يعيش الناس؟',
    },
    gold: {
      en: ['Earth'],
      hi: ['पृथ्वी', 'धरती'],
      mr: ['पृथ्वी', 'पृथ्वीवर'],
      ar: ['الأرض', 'الارض', 'أرض'],
    },
  },
  {
    concept: 'cow',
    ask: {
      en: 'Which drink do people get from cows?',
      hi: 'लोगों को गाय से पीने के लिए क्या मिलता है?',
      mr: 'लोकांना गाईपासून पिण्यासाठी काय मिळते?',
      ar: 'ما الشراب الذي يحصل عليه الناس من البقرة؟',
    },
    gold: {
      en: ['milk'],
      hi: ['दूध', 'दुग्ध'],
      mr: ['दूध', 'दुध'],
      ar: ['الحليب', 'حليب', 'اللبن', 'لبن'],
    },
  },
]

type Word = { readonly concept: string; readonly words: ByLanguage<readonly string[]> }

/** The first of each is the one that is given to be translated. */
const WORDS: readonly Word[] = [
  word('water', ['water'], ['पानी', 'जल'], ['पाणी', 'जल'], ['ماء', 'الماء', 'مياه']),
  word('book', ['book'], ['किताब', 'पुस्तक'], ['पुस्तक'], ['كتاب', 'الكتاب']),
  word('house', ['house', 'home'], ['घर', 'मकान'], ['घर'], ['بيت', 'منزل', 'دار', 'البيت', 'المنزل']),
  word(
    'mother',
    ['mother', 'mom', 'mum'],
    ['माँ', 'मां', 'माता'],
    ['आई', 'माता'],
    ['أم', 'ام', 'الأم', 'والدة'],
  ),
  word('school', ['school'], ['विद्यालय', 'स्कूल', 'पाठशाला'], ['शाळा', 'विद्यालय'], ['مدرسة', 'المدرسة']),
  word('fish', ['fish'], ['मछली', 'मत्स्य'], ['मासा', 'मासे', 'मत्स्य'], ['سمكة', 'سمك', 'السمك']),
  word('night', ['night'], ['रात', 'रात्रि'], ['रात्र', 'रात्री'], ['ليل', 'ليلة', 'الليل']),
  word('tree', ['tree'], ['पेड़', 'वृक्ष'], ['झाड', 'वृक्ष'], ['شجرة', 'الشجرة']),
  word('sun', ['sun'], ['सूरज', 'सूर्य'], ['सूर्य'], ['شمس', 'الشمس']),
  word('hand', ['hand'], ['हाथ', 'हस्त'], ['हात', 'हस्त'], ['يد', 'اليد']),
  word('red', ['red'], ['लाल'], ['लाल', 'तांबडा'], ['أحمر', 'احمر', 'الأحمر']),
  word('door', ['door', 'gate'], ['दरवाज़ा', 'दरवाजा', 'द्वार'], ['दार', 'दरवाजा'], ['باب', 'الباب']),
]

function word(
  concept: string,
  en: readonly string[],
  hi: readonly string[],
  mr: readonly string[],
  ar: readonly string[],
): Word {
  return { concept, words: { en, hi, mr, ar } }
}
