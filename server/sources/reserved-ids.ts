/**
 * Names that every JavaScript object answers to. Answers and designs are kept by question id in plain objects, so a question
 * that is called like one of these in its tool gets a number behind it.
 */
export const RESERVED_IDS: readonly string[] = Object.getOwnPropertyNames(Object.prototype);
