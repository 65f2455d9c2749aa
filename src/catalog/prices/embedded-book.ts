import { embeddedPrices } from '../data/prices.ts'
import { priceBook, type PriceBook } from './price-book.ts'

/** The prices that came with this release. Rows are made when a model is first asked for, so that nobody waits for all. */
export const embeddedBook: PriceBook = priceBook(embeddedPrices)
