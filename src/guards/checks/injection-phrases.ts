import type { Phrase, Slot } from './phrase-matcher.ts'
import { wordsOf } from './phrase-matcher.ts'

/**
 * What people write into a prompt, or into a document that a model will read, to make it forget whom it works for. A line is a
 * family, a weight in tenths and words: `a|b` is one of them, `~3` lets up to three others stand between, `@name` is a list below. From
 * eight tenths on a text counts as an injection, and a family counts once: a text that says one thing often has said one thing.
 *
 * Weights: ten is what hardly anybody writes to a model in good faith. Whoever asks about attacks quotes such a sentence, and is
 * stopped too: docs/guards.md says how often.
 */
const LISTS: Readonly<Record<string, string>> = {
  drop: 'overlook|revoke|revoking|skip|ignore|ignoring|ignores|disregard|disregarding|forget|forgetting|override|overriding|overrule|bypass|discard|neglect|abandon|drop|cancel|void|erase',
  earlier:
    'previous|previously|prior|above|earlier|preceding|foregoing|former|initial|original|existing|past|current|given|your|all|any|these|those|aforementioned',
  before:
    'previous|previously|prior|above|earlier|preceding|foregoing|former|initial|original|existing|aforementioned',
  orders:
    'instructions|instruction|instrucions|directions|direction|directives|directive|rules|guidelines|guideline|commands|orders|prompts|prompt|programming|constraints|restrictions|policies|safeguards|guardrails|filters|training|context|messages|text|content|task|tasks|said|told|everything',
  laws: 'instructions|instruction|directions|directives|rules|guidelines|guideline|commands|orders|programming|constraints|restrictions|policies|safeguards|guardrails|filters|training|limitations|ethics|moderation|safety',
  show: 'reveal|revealing|print|output|show|display|repeat|leak|dump|expose|disclose|echo|recite|write|tell|give|return|share|copy|paste|list|reproduce|type',
  secretPrompt:
    'instructions|prompt|prompts|rules|guidelines|directives|configuration|message|context|preamble',
  send: 'send|post|forward|transmit|upload|exfiltrate|submit|email|mail|leak|deliver|append|encode|embed|include|insert',
  goods:
    'password|passwords|credentials|credential|secrets|secret|token|tokens|keys|key|history|conversation|chat|emails|email|inbox|contacts|files|documents|data|cookies|address|addresses|prompt|instructions',
  free: 'unrestricted|unfiltered|uncensored|jailbroken|amoral|unbound|unlimited|limitless|evil|lawless|unethical',
  user: 'user|users|human|reader|customer|operator|owner|person|anyone|them|him|her',
  hiDrop: 'अनदेखा|अनदेखी|नजरअंदाज|नजरअंदाज़|भूल|भूलकर|भुला|उपेक्षा|छोड़|छोड|खारिज|दरकिनार|रद्द',
  hiOrders:
    'निर्देश|निर्देशों|निर्देशो|आदेश|आदेशों|नियम|नियमों|हिदायत|हिदायतों|अनुदेश|अनुदेशों|प्रॉम्प्ट|पाबंदी|पाबंदियों|प्रतिबंध|प्रतिबंधों',
  hiEarlier: 'पिछले|पिछली|पिछला|पहले|पूर्व|ऊपर|उपरोक्त|सभी|सारे|सब|अपने|मौजूदा|पुराने',
  hiShow: 'बताओ|बताइए|बताएं|बता|दिखाओ|दिखाइए|दिखाएं|दिखा|लिखो|लिखिए|प्रकट|उजागर|दोहराओ|दोहराइए|छापो|प्रिंट',
  mrDrop: 'दुर्लक्ष|दुर्लक्षित|विसर|विसरा|विसरून|सोडून|रद्द|डावलून|मोडून|झुगारून',
  mrOrders:
    'सूचना|सूचनांकडे|सूचनांना|सूचनांचे|निर्देश|निर्देशांकडे|निर्देशांना|नियम|नियमांकडे|नियमांना|आदेश|आदेशांकडे|आदेशांना|प्रॉम्प्ट|बंधने|निर्बंध',
  mrEarlier: 'मागील|मागच्या|आधीच्या|आधीचे|पूर्वीच्या|पूर्वीचे|वरील|सर्व|सगळ्या|सगळे|तुझ्या|तुमच्या',
  mrShow: 'सांग|सांगा|दाखव|दाखवा|लिहा|लिही|उघड|प्रिंट|सादर',
  arDrop: 'تجاهل|تجاهلي|تجاهلوا|انس|انسي|انسوا|اهمل|تخط|تخطي|تجاوز|اترك|الغ|الغي|تغاض|اتجاهل',
  arOrders:
    'التعليمات|تعليماتك|تعليمات|الاوامر|اوامرك|القواعد|قواعدك|التوجيهات|توجيهاتك|الارشادات|ارشاداتك|القيود|قيودك|الضوابط',
  arShow: 'اظهر|اعرض|اكشف|اطبع|اكتب|اخبرني|كرر|ارني|اعطني|افصح|سرب|انسخ',
}

const LINES = `
override 10 @drop ~4 @before ~3 @orders
override 10 @drop ~2 all|any|every|everything ~4 @laws
override 10 @drop ~1 your|these|those|all ~2 instructions|directives|programming|guidelines|restrictions|safeguards|guardrails|training|rules
override 7 @drop ~2 your|the|these|those ~2 @laws
override 10 forget|disregard|ignore|overlook ~2 everything|everthing|anything|all|what ~3 above|before|previously|earlier|told|said|instructed
override 10 do|should|must|to|don not|never|t ~1 follow|obey|heed|adhere ~3 @earlier ~2 @laws
override 10 stop following|obeying ~3 @laws|prompt|instructions
override 10 not|don|no|t have|need|longer ~1 to ~1 follow|obey|heed|abide|adhere|comply ~4 @laws
override 9 @drop ~3 content|safety|usage policy|policies|rules|filter|filters
override 8 instead of ~2 following|obeying|doing|answering|summarizing|summarising|translating ~6 say|write|output|print|reply|respond|tell
override 7 new|updated|revised|real|actual|true|following instructions|instruction|task|objective|orders|directive ~1 is|are|follow|from|below|now|begin|supersede|replace|override
override 8 instructions|rules|guidelines|prompt|orders ~7 outdated|obsolete|void|invalid|wrong|fake|expired|revoked|suspended|lifted|cancelled
override 9 freed|released|liberated|unchained|free from ~4 @laws
override 9 ignore|disregard|forget the|this ~1 document|email|text|page|question|article|message|file|task|user ~6 print|say|write|output|reply|respond|tell|instead
override 8 @drop the|all|any|every ~1 rules|instructions|guidelines|restrictions|filters|safeguards
override 6 from now on ~2 you|ignore|act|respond|answer|always
override 7 your|the new|real|only|true|actual task|goal|objective|mission|job|purpose|role ~1 is|are
override 6 these|this instructions|instruction|message|directive ~1 supersede|supersedes|override|overrides|replace|replaces|take|takes
override 10 instructions|rules|guidelines|restrictions ~5 no|not|longer ~1 longer|apply ~1 apply|applies|valid|matter|binding|more|anymore
override 10 new|updated|real|actual|true instructions|task|orders|objective ~1 is|are|follow|below ~12 instead|list|reply|write|print|ignore|output|say|send|reveal|act
override 7 previous|prior|earlier|current|original ~1 task|instructions|work|job ~2 complete|completed|done|finished|over|cancelled
override 7 end|ends|end of|stop here ~2 document|prompt|instructions|context|input ~4 now|new|begin|next
role 9 you are ~2 now|going to ~4 dan|stan|dude|aim|jailbroken|@free
role 10 do anything now
role 10 act|behave|pretend|respond|roleplay|answer|acting|be ~4 an|a|as @free
role 8 act|behave|pretend|respond|roleplay|answer|acting|be ~6 @free
role 10 act|behave|pretend|respond|roleplay|imagine|you ~8 ai|machine|chatbot|bot|model|assistant ~4 no|without|zero|lacks ~4 @laws
role 9 act|behave|pretend|respond|roleplay|imagine|as|like ~10 no|without|any|zero|lacks|free ~4 @laws
role 10 you|ai|bot|he|she|it|twin|dan ~3 not|longer|never ~1 bound|restricted|limited|constrained ~2 by ~4 rules|policy|policies|guidelines|laws|restrictions
role 10 you|re ~2 no longer ~3 assistant|ai|bound|restricted|chatbot
role 10 free ~5 limited|bound|restricted ~1 by rules
role 10 developer|god|dan|jailbreak|sudo mode ~1 enabled|activated|unlocked|engaged
role 8 developer|god|dan|jailbreak|debug|admin|sudo|root|maintenance mode|mode ~3 enabled|activated|active|on|unlocked|engaged|override
role 7 enable|activate|enter|switch|unlock|engage ~4 developer|god|dan|jailbreak|debug|sudo|unrestricted|admin mode
role 8 you ~3 no|not|longer|without ~4 bound|restricted|limited|constrained|censored ~4 by|rules|openai|guidelines|policy|policies|any
role 6 pretend|imagine|suppose|act ~4 you|are|to ~4 are|have|be ~4 no|not|without|free
role 7 you are not|no ~2 longer|an ~3 ai|assistant|chatbot|model|bound
role 6 stay|remain|stays in character
role 8 never|not|don|cannot|can ~2 refuse|decline|reject ~4 any|request|requests|answer|anything|task
role 10 switch|enter|activate|enable|go|into|unlock ~2 unrestricted|unfiltered|uncensored|jailbreak|god|dan ~1 mode
role 8 answers|answer|answering|does|says ~1 everything|anything|all|whatever ~2 without ~2 warnings|warning|restrictions|limits|question|refusing|filter|filters|disclaimers
role 8 who|that|which|with ~2 no ~2 restrictions|limits|morals|ethics|rules|filters|limitations
role 6 two|both responses|answers|ways ~8 jailbreak|unfiltered|normal|classic|developer
leak 10 @show|summarize|summarise|translate ~5 your|the|its ~2 system|hidden|secret|internal|confidential|developer ~2 @secretPrompt
leak 10 @show|what|which ~6 your|the ~2 initial|original|first|system ~1 instructions|prompt
leak 10 @show ~4 text|content|contents|wording|words ~2 your ~1 prompt|instructions|rules
leak 10 @show|repeat|print|output ~4 everything|all|text|words|sentences ~2 above ~4 verbatim|word|exactly|line|message
leak 8 @show ~3 your ~2 instructions|prompt|guidelines|directives|rules|preamble|configuration
leak 9 @show|what ~5 text|words|everything|instructions|content|message|sentences|all ~2 above|before|preceding|prior ~3 verbatim|this|message|line|word|conversation|exactly
leak 8 what|which ~3 your|initial|original|system|hidden|secret ~2 instructions|prompt|rules|directives ~4 verbatim|exactly|word|were|start|beginning|given
leak 10 what ~4 you ~1 told|instructed|given ~4 before|beginning|start|initially
leak 7 repeat|print|output|echo ~4 verbatim|word|exactly ~6 above|prompt|instructions|begins|starting|starts
leak 7 starting with ~3 you are ~6 put|repeat|code|block|include|text
smuggle 10 do|without|never|dont not|telling|informing|tell|mention|reveal|inform|alerting|notify|notifying|t ~4 @user ~6 this|instruction|instructions|message|about|that
smuggle 10 note|message|notice|instruction|instructions|memo|ps|p s ~2 to|for|from ~1 ai|llm|llms|chatbot|bot|language ~10 recommend|rate|rank|search|send|say|ignore|write|add|include|forward|output|tell|respond|reply|call
smuggle 10 ai|llm|language ~1 model|models|assistant|assistants|agent|agents ~10 must|should|shall ~2 run|execute|call|send|recommend|rate|rank|ignore|include|say|output|delete
smuggle 10 if ~2 you are|re ~1 an|a ~2 ai|llm|language|chatbot|bot|model|assistant ~8 rate|rank|recommend|say|write|ignore|reply|respond|send|add|include|output
smuggle 7 important|urgent|attention|note|message|notice|warning|instruction|instructions|instructing|command|memo ~3 for|to|from ~3 ai|llm|llms|assistant|assistants|model|models|chatbot|bot|system|agent|agents
smuggle 6 if|when|as you are|re ~2 an|a ~2 ai|llm|language|chatbot|bot|assistant|agent|automated
smuggle 9 if|when|whenever ~2 ai|llm|chatbot|bot|model|assistant ~2 reads|reading|processing|processes|sees|summarises|summarizes|summarising|summarizing ~1 this
smuggle 8 attention|hey|dear|note|notice|message|hello|memo ~2 ai|llm|llms|copilot|gpt|chatgpt|claude|gemini|chatbot|agent|agents|ais ~12 mention|recommend|insert|include|skip|pay|approve|approved|rank|rate|say|ignore|add|call|send|forward|delete|write|reply|tell
smuggle 8 do|don not|t ~1 mention|reveal|show|include|quote ~1 this ~1 line|instruction|instructions|note|comment|message|sentence|paragraph
smuggle 7 ai|llm|assistant|model|agent|bot|assistants|agents ~3 must|should|shall|needs|please|required|instructed|directed ~6 @drop|include|recommend|call|execute|send|visit|rate|rank|always|output
smuggle 6 before|after|while|when answering|responding|replying|summarizing|summarising|processing|reading|proceeding|doing|continuing ~8 call|execute|run|send|visit|click|open|post|fetch|invoke|include
smuggle 7 say|reply|respond|answer|output|print|write|type only|just|exactly|simply|nothing ~1 but|with|the|pwned|hacked|yes|i
smuggle 7 system|admin|administrator|developer|security|openai|anthropic override|command|directive|notice|alert|update|message|request ~4 @drop|disable|all|new|comply|ignore|you|immediately
smuggle 7 this|following overrides|supersedes|takes precedence|priority
exfil 10 @send ~6 @goods ~10 attacker|evil|http|https|webhook|ngrok|pastebin|burpcollaborator
exfil 6 @send ~5 @goods ~6 to ~6 http|https|com|net|org|io|email|address|server|url|endpoint|webhook
exfil 8 append|encode|embed|include|insert|add|put|render|display ~8 image|img|url|link|markdown|query|pixel ~10 @goods|contents|base64
exfil 6 search|find|look|retrieve|read|collect|gather|extract ~6 password|passwords|credentials|secrets|keys|tokens|codes|2fa|otp ~10 send|forward|post|email|upload|include|append
exfil 10 assistant|agent|ai|bot|model ~4 delete|wipe|erase|remove|transfer|send|forward|email ~4 all|every|entire|the
exfil 7 delete|wipe|erase|drop|remove ~3 all|every|entire ~4 files|emails|database|data|records|tables|events|backups|messages
exfil 6 transfer|wire|send|pay ~5 usd|dollars|btc|bitcoin|eth|money|funds|euros|rupees ~6 to|account|wallet|iban
encoded 10 decode|decoding|decipher|decrypt|translate|unscramble|rot13|base64 ~8 and|then ~3 follow|execute|run|obey|do|perform|comply|carry
encoded 7 follow|execute|run|obey|perform ~5 base64|encoded|rot13|hex|cipher|ciphered|reversed
encoded 6 respond|answer|reply|write|speak|output|communicate ~5 base64|rot13|hex|morse|leetspeak|cipher
hi-override 10 @hiEarlier ~3 @hiOrders ~4 @hiDrop
hi-override 8 @hiOrders ~3 @hiDrop
hi-override 8 @hiDrop ~4 @hiOrders
hi-override 10 तुम|आप|तुझ ~1 पर ~1 कोई|किसी ~1 पाबंदी|प्रतिबंध|रोक|नियम|सीमा ~1 नहीं
hi-override 8 अब|अबसे से|तुम|आप ~3 कोई|किसी|बिना ~3 नियम|नियमों|पाबंदी|प्रतिबंध|सीमा
hi-role 10 बिना ~2 किसी|कोई ~2 नियम|पाबंदी|रोक|प्रतिबंध|सेंसर|फिल्टर ~2 जवाब|उत्तर ~1 दो|दीजिए|दे|देना
hi-override 9 सिस्टम|ऊपर|मालिक|डेवलपर ~4 कहा|बताया|लिखा ~4 मत|न ~1 मानो|मानना|सुनो|सुनना
hi-role 9 एआई|ai|बॉट|मॉडल|सहायक ~8 कोई|किसी ~1 रोक|पाबंदी|सीमा|नियम|मालिक|प्रतिबंध ~1 नहीं
hi-role 8 बिना ~2 किसी|कोई ~2 नियम|पाबंदी|रोक|प्रतिबंध|सेंसर|फिल्टर|सीमा ~4 जवाब|उत्तर|बात|काम|बताओ
hi-leak 10 सिस्टम|छिपे|छिपा|गुप्त|प्रारंभिक|आंतरिक|शुरुआती ~2 प्रॉम्प्ट|प्रोम्प्ट|निर्देश|निर्देशों|संदेश ~5 @hiShow
hi-leak 8 अपने|अपना|तुम्हारे|आपके|आपका ~3 प्रॉम्प्ट|निर्देश|निर्देशों ~5 @hiShow
hi-smuggle 10 एआई|ai|मॉडल|असिस्टेंट|सहायक ~4 संदेश|निर्देश|आदेश ~14 मत|न|नहीं ~1 बताना|बताओ|कहना
hi-smuggle 8 उपयोगकर्ता|यूजर|यूज़र|उपभोक्ता|ग्राहक ~3 मत|न|नहीं|बिना ~3 बताओ|बताना|बताए|बताएं|बताइए|कहना
hi-smuggle 6 एआई|ai|असिस्टेंट|सहायक|मॉडल ~4 के|को|लिए ~3 निर्देश|संदेश|आदेश|सूचना
hi-exfil 10 मॉडल|सहायक|एआई ~6 पासवर्ड|गोपनीय|कुंजी|टोकन|ईमेल ~8 भेज|भेजो|भेजें|भेजिए
hi-exfil 9 पासवर्ड|गोपनीय|कुंजी|टोकन|बातचीत|ईमेल ~8 भेज|भेजो|भेजें|भेजिए|अपलोड
mr-override 10 @mrEarlier ~3 @mrOrders ~4 @mrDrop
mr-override 8 @mrOrders ~3 @mrDrop
mr-override 8 @mrDrop ~4 @mrOrders
mr-role 10 नियमांशिवाय|निर्बंधांशिवाय|बंधनांशिवाय|बंधनाशिवाय ~1 उत्तर|उत्तरे|वाग|बोल ~1 दे|द्या
mr-override 10 तुझ्यावर|तुमच्यावर ~2 कोणतेही|कुठलेही|कोणतीही ~1 बंधन|निर्बंध|बंधने|नियम ~1 नाही|नाहीत
mr-role 8 कोणत्याही|कुठल्याही|कोणतेही|विना ~3 नियम|नियमांशिवाय|नियमाशिवाय|बंधनाशिवाय|निर्बंधांशिवाय|मर्यादेशिवाय|बंधनांशिवाय ~6 उत्तर|उत्तरे|वाग|बोल|सांग|दे
mr-override 9 प्रणालीने|सिस्टमने|मालकाने|आधी|पूर्वी ~1 सांगितलेले|सांगितलेलं|दिलेले ~3 ऐकू|पाळू|मानू ~1 नको|नका|नकोस
mr-role 8 मर्यादा|बंधन|बंधने|नियम|निर्बंध ~1 नसल्यासारखे|नसल्यासारखा|नसलेला|नसलेली
mr-leak 10 सिस्टम|गुप्त|लपलेल्या|लपवलेल्या|मूळ|सुरुवातीच्या|अंतर्गत ~2 प्रॉम्प्ट|सूचना|निर्देश|संदेश ~5 @mrShow
mr-leak 8 तुझ्या|तुझे|तुझा|तुमच्या|तुमचा|तुमचे ~3 प्रॉम्प्ट|सूचना|निर्देश ~5 @mrShow
mr-smuggle 10 एआय|ai|सहाय्यकासाठी|मॉडेलसाठी|सहाय्यक ~3 सूचना|संदेश|आदेश|निर्देश ~10 वापरकर्त्याला|ग्राहकाला ~2 सांगू|कळू
mr-smuggle 8 वापरकर्त्याला|वापरकर्त्यास|ग्राहकाला|युजरला ~4 सांगू|न|कळू|नको|नका
mr-smuggle 6 एआय|ai|सहाय्यकासाठी|मॉडेलसाठी|सहाय्यक ~4 सूचना|संदेश|आदेश|निर्देश
mr-exfil 9 पासवर्ड|गोपनीय|टोकन|संभाषण|ईमेल ~8 पाठव|पाठवा|पाठवून|अपलोड
ar-override 10 @arDrop ~3 @arOrders
ar-override 10 لا تتبع|تلتزم|تطع|تلتزمي ~3 @arOrders|بالتوجيهات|بالتعليمات|بالقواعد
ar-override 8 @arDrop ~3 كل|جميع|ما ~3 قيل|سبق|السابق|السابقه|اعلاه
ar-role 10 اجب|تصرف|تحدث|رد ~5 بدون|دون|بلا ~1 قيود|رقابه|حدود|قواعد|ضوابط
ar-role 10 انت الان ~3 بلا|بدون|دون|حر ~2 قيود|حدود|قواعد|رقابه
ar-role 8 بدون|دون|بلا ~2 اي|قيود|رقابه|حدود|قواعد|ضوابط ~4 قيود|حدود|رقابه|قواعد|اجب|تصرف|اخلاقيه
ar-role 8 انت الان ~6 قيود|حر|مقيد|مطور|مخترق
ar-override 9 لا ~1 تستمع|تصغ|تسمع|تطع ~4 النظام|المطور|المطورين
ar-leak 10 @arShow ~4 موجه|تعليمات|التعليمات|البرومبت|الرساله|الموجه|رساله|تعليماتك|موجهك ~3 النظام|الاصليه|السريه|المخفيه|الاوليه|السري|الداخليه|نظامك|الاصلي
ar-leak 8 @arShow ~2 تعليماتك|موجهك|اوامرك|برومبتك
ar-smuggle 10 الذكاء|المساعد|النموذج|للنموذج|للذكاء|للمساعد ~12 لا|دون|ولا تخبر|اخبار|تبلغ|ابلاغ ~1 المستخدم|العميل|احدا
ar-smuggle 8 لا|دون تخبر|تخبري|اخبار|تذكر|ابلاغ|تبلغ ~2 المستخدم|العميل|احدا|المستخدمين
ar-smuggle 6 الي|للمساعد|رساله|تنبيه ~3 الذكاء|المساعد|النموذج|للنموذج|للذكاء ~3 الاصطناعي|الالي|اللغوي|الذكي
ar-exfil 10 النموذج|المساعد|الذكاء ~3 ارسل|ابعث|انقل ~3 كلمه|كلمات|بيانات|المحادثه|مفتاح|الرسائل
ar-exfil 9 ارسل|ارفع|انقل|ابعث ~5 كلمه|كلمات|المحادثه|بيانات|مفتاح|الرسائل|كلمةالمرور ~8 الي|علي
`

/** Made when it is asked for: reading its words sets up the classes of all letters, which no start should wait for. */
export function injectionPhrases(): readonly Phrase[] {
  return LINES.trim().split('\n').map(toPhrase)
}

function toPhrase(line: string): Phrase {
  const [what = '', weight = '', ...tokens] = line.split(' ')
  const slots: Slot[] = []
  let gap = 0
  for (const token of tokens) {
    if (/^~\d+$/.test(token)) gap = Number(token.slice(1))
    else {
      slots.push({ words: wordsIn(token), gap })
      gap = 0
    }
  }
  return { what, weight: Number(weight) / 10, slots }
}

/** As words of a text are compared, so that the table may be written as people write. */
function wordsIn(token: string): readonly string[] {
  return token
    .split('|')
    .flatMap((word) => (word.startsWith('@') ? wordsIn(LISTS[word.slice(1)] ?? '') : wordsOf(word)))
}
