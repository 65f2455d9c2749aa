import { COUNTRIES } from './bank.ts'

/**
 * Whether it ends host names that people visit: a country's, or one of the generic domains with the most names. The root
 * zone has a thousand more; an address under one of those is found by its `http://`, or scores less.
 */
export function isKnownTld(tld: string): boolean {
  const lower = tld.toLowerCase()
  if (lower.length === 2)
    return COUNTRIES.has(tld.toUpperCase()) || lower === 'uk' || lower === 'eu' || lower === 'su'
  return GENERIC.has(lower) || lower.startsWith('xn--') || /^[^\0-\x7f]{2,}$/.test(lower)
}

/** Two letters that end file names at least as often as hosts. */
export function looksLikeFile(tld: string): boolean {
  return FILE_ENDINGS.has(tld.toLowerCase())
}

const FILE_ENDINGS: ReadonlySet<string> = new Set(
  'py md rs sh pl so cc ps ml mm st pm cs mk tf app zip mov name in is it to me at be no do my us as by so id am'.split(
    ' ',
  ),
)

const GENERIC: ReadonlySet<string> = new Set(
  (
    'com org net edu gov mil int info biz name pro aero coop museum mobi tel travel jobs cat asia post arpa ' +
    'academy accountants actor adult africa agency amsterdam app art associates attorney auction audio auto baby band bank bar ' +
    'barcelona bargains bayern beauty beer berlin best bet bid bike bingo bio black blog blue boats bot boutique box broker brussels ' +
    'build builders business buzz cab cafe cam camera camp capital car cards care careers cars casa cash casino catering center ceo ' +
    'charity chat cheap church city claims cleaning click clinic clothing cloud club coach codes coffee college cologne community ' +
    'company computer condos construction consulting contact contractors cooking cool country coupons courses credit creditcard ' +
    'cricket cruises cymru dad dance date dating day deals degree delivery democrat dental dentist design dev diamonds diet digital ' +
    'direct directory discount doctor dog domains download earth eco education email energy engineer engineering enterprises ' +
    'equipment esq estate events exchange expert exposed express fail faith family fan fans farm fashion fashion feedback film ' +
    'finance financial fish fishing fit fitness flights florist flowers foo football forex forsale forum foundation fun fund ' +
    'furniture futbol fyi gallery game games garden gay gent gifts gives glass global gmbh gold golf graphics gratis green gripe ' +
    'group guide guitars guru hair hamburg haus health healthcare help hiphop hiv hockey holdings holiday homes horse hospital host ' +
    'hosting hot house how immo immobilien inc industries ink institute insurance insure international investments irish ist ' +
    'istanbul jetzt jewelry juegos kaufen kim kitchen kiwi koeln land law lawyer lease legal lgbt life lighting limited limo link ' +
    'live loan loans lol london love ltd luxe luxury madrid maison management market marketing markets mba media melbourne memorial ' +
    'men menu miami mom money monster mortgage motorcycles mov movie nagoya network new news ngo ninja nrw nyc observer okinawa one ' +
    'ong onl online organic osaka paris partners parts party page pet pharmacy phd photo photography photos pics pictures pink pizza ' +
    'place plumbing plus poker porn press productions prof promo properties property protection pub quebec quest racing radio ' +
    'realestate recipes red rehab reise reisen rent rentals repair report republican rest restaurant review reviews rich rio rip ' +
    'rocks rodeo rsvp rugby ruhr run saarland sale salon sarl school schule science scot security services sex sexy shiksha shoes ' +
    'shop shopping show singles site ski skin soccer social software solar solutions soy space sport srl storage store stream studio ' +
    'study style supplies supply support surf surgery swiss sydney systems taipei tattoo tax taxi team tech technology tennis theater ' +
    'tienda tips tires today tokyo tools top tours town toys trade trading training tube university uno vacations vegas ventures ' +
    'vet viajes video villas vin vip vision vodka vote voyage wales wang watch webcam website wedding whoswho wien wiki win wine work ' +
    'works world wtf xxx xyz yachts yoga yokohama zip zone abb google microsoft amazon apple aws barclays bbc bmw sap sbi tata'
  ).split(' '),
)
