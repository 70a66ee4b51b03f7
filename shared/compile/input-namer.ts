/** Names that mean something else in a payload, in a screen's data or on the way through an endpoint. */
const RESERVED = [
  'v',
  's',
  'error',
  'error_key',
  'error_message',
  'flow_token',
  'screen_form',
  'init',
  'errors',
  'text',
  // What every JavaScript object has already, on whatever client the flow is opened.
  'constructor',
];

/** Gives every input of a flow its name: from the question's id, unique in the flow, letters, digits and underscores. */
export class InputNamer {
  readonly #used = new Set<string>(RESERVED);

  name(questionId: string, suffix = ''): string {
    const last = slug(questionId.slice(questionId.lastIndexOf('/') + 1));
    const start = [last, slug(questionId)].find((text) => /^[a-z]/.test(text)) ?? `field_${last}`.replace(/_$/, '');
    const wanted = suffix ? `${start}_${suffix}` : start;
    let name = wanted;
    for (let number = 2; this.#used.has(name); number += 1) name = `${wanted}_${number}`;
    this.#used.add(name);
    return name;
  }
}

function slug(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 40);
}
