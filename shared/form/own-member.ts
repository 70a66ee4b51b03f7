/** A member of a table by a name from outside: `constructor` and its like are no members, whatever JavaScript says. */
export function ownMember<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
