import { AppError } from '../app-error.ts';

/** No tool nests its fields, conditions and texts nearly so deep; readers walk a definition by calling themselves. */
const MAX_DEPTH = 200;

/** Throws `not_a_form` on JSON that is nested so deep that reading it would run out of stack. */
export function refuseTooDeep(raw: unknown): void {
  let level: unknown[] = [raw];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH)
      throw new AppError('not_a_form', {
        status: 422,
        userMessage: {
          en: `This is nested more than ${MAX_DEPTH} levels deep, as no form is. Fetch the definition again from the form tool.`,
          de: `Das ist mehr als ${MAX_DEPTH} Ebenen tief verschachtelt, wie kein Formular es ist. Holen Sie die Definition noch einmal aus dem Formularwerkzeug.`,
        },
      });
    level = level.flatMap((node) => (typeof node === 'object' && node !== null ? Object.values(node) : []));
  }
}
