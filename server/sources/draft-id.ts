/**
 * A definition as it is sent to the tool to make a form of it, and as its documentation shows it, has no id yet: what it asks is
 * read all the same. Given back with an id; as it is where it states one, or where
 * `isForm` finds no question in it.
 */
export function withDraftId(raw: unknown, key: string, isForm: (raw: object) => boolean): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  const given: unknown = Reflect.get(raw, key);
  if ((given !== undefined && given !== null) || !isForm(raw)) return raw;
  return { ...raw, [key]: DRAFT_ID };
}

const DRAFT_ID = 'draft';

/** Whether a member of the list in that property has what makes it a question of the tool. */
export function hasMember(raw: object, list: string, isOne: (member: object) => boolean): boolean {
  const members: unknown = Reflect.get(raw, list);
  return (
    Array.isArray(members) && members.some((one: unknown) => typeof one === 'object' && one !== null && isOne(one))
  );
}
