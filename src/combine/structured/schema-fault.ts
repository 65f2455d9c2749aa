/** Why a client's schema cannot be checked against: `#/properties/a/minLength: expected …, got …`. */
export class SchemaFault extends Error {}
