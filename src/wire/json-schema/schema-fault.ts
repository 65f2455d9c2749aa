/** Why a client's schema cannot be used: `#/properties/a/minLength: expected …, got …`. */
export class SchemaFault extends Error {
  /** Of the keyword, or of the schema where none of its keywords alone is wrong. */
  readonly place: string

  constructor(place: string, why: string) {
    super(`${place}: ${why}`)
    this.place = place
  }
}
