/** The languages that the probes know. */
export type ProbeLanguage = 'en' | 'hi' | 'mr' | 'ar'

export const LANGUAGE_NAMES: Readonly<Record<ProbeLanguage, string>> = {
  en: 'English',
  hi: 'Hindi',
  mr: 'Marathi',
  ar: 'Arabic',
}

/**
 * The same six sentences in each language, written for this project and in the public domain (CC0 1.0): what differs in
 * their tokens is the tokenizer and the language, not what is said.
 */
export const SAMPLE_SENTENCES: Readonly<Record<ProbeLanguage, readonly string[]>> = {
  en: [
    'The doctor asked the patient to come back on Monday morning.',
    'Rain is expected in the hills tonight, so please drive slowly.',
    'My sister teaches mathematics at a school near the river.',
    'The court will hear the case after the holidays.',
    'Please write your name, address and telephone number on the form.',
    'He bought two kilograms of rice and a packet of salt.',
  ],
  hi: [
    'डॉक्टर ने मरीज़ को सोमवार सुबह वापस आने को कहा।',
    'आज रात पहाड़ों में बारिश की संभावना है, इसलिए कृपया गाड़ी धीरे चलाएँ।',
    'मेरी बहन नदी के पास एक स्कूल में गणित पढ़ाती है।',
    'अदालत छुट्टियों के बाद मामले की सुनवाई करेगी।',
    'कृपया फ़ॉर्म पर अपना नाम, पता और टेलीफ़ोन नंबर लिखें।',
    'उसने दो किलो चावल और नमक का एक पैकेट ख़रीदा।',
  ],
  mr: [
    'डॉक्टरांनी रुग्णाला सोमवारी सकाळी परत यायला सांगितले.',
    'आज रात्री डोंगरात पाऊस अपेक्षित आहे, म्हणून कृपया गाडी हळू चालवा.',
    'माझी बहीण नदीजवळच्या शाळेत गणित शिकवते.',
    'न्यायालय सुट्ट्यांनंतर या प्रकरणाची सुनावणी करेल.',
    'कृपया फॉर्मवर तुमचे नाव, पत्ता आणि दूरध्वनी क्रमांक लिहा.',
    'त्याने दोन किलो तांदूळ आणि मिठाचे एक पाकीट विकत घेतले.',
  ],
  ar: [
    'طلب الطبيب من المريض أن يعود صباح يوم الاثنين.',
    'من المتوقع هطول المطر على التلال الليلة، لذا يرجى القيادة ببطء.',
    'تدرّس أختي الرياضيات في مدرسة قريبة من النهر.',
    'ستنظر المحكمة في القضية بعد العطلة.',
    'يرجى كتابة اسمك وعنوانك ورقم هاتفك في الاستمارة.',
    'اشترى كيلوغرامين من الأرز وعلبة ملح.',
  ],
}
