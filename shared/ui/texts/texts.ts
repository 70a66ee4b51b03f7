/**
 * Texts live in English and German side by side; what depends on a value is a function. The German ones have the type of the
 * English ones, so a missing text does not compile.
 */
export type TextFunction = (...values: never[]) => string;
export type TextTree = { readonly [key: string]: string | TextFunction | TextTree };
