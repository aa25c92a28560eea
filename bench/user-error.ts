/** Something that whoever started the benchmark can put right: shown without a stack. */
export class UserError extends Error {}
