import { ownMember } from '@flowella/shared/form/own-member.ts';
import type { Item, Page, Question, QuestionGroup, Statement } from '@flowella/shared/form/form.ts';
import type { Field } from './definition.ts';
import { isContainer, isEndingField, isGroup, type FieldIndex } from './field-index.ts';
import { imageOf, optional, toQuestion, videoOf, type Surroundings, type TextReader } from './to-question.ts';
import type { Position } from './to-rules.ts';

/** The pages of a form, and where each field stands in them. */
export type Pages = {
  pages: Page[];
  groups: QuestionGroup[];
  positionOf: (field: Field | undefined) => Position | undefined;
  questionOf: (field: Field | undefined) => Question | undefined;
  groupOf: (field: Field | undefined) => QuestionGroup | undefined;
  /** What stands before an end screen among the fields, when something follows it that must not be reached. */
  before: (field: Field) => string | undefined;
};

const KINDS: Readonly<Record<string, QuestionGroup['kind']>> = {
  matrix: 'matrix',
  address: 'address',
  contact_info: 'contact-info',
};

/**
 * Fields in the order of the form: consecutive plain fields share a page, a group is a page of its own (form-tools.md 3.2).
 * Fields that hold others (a matrix, an address, contact details) are asked as one question per member.
 */
export function toPages(
  fields: readonly Field[],
  index: FieldIndex,
  reader: TextReader,
  recallLost: () => void,
): Pages {
  const writer = new PageWriter(index, reader, recallLost);
  for (const field of fields) writer.top(field);
  return writer.result();
}

class PageWriter {
  readonly #index: FieldIndex;
  readonly #reader: TextReader;
  readonly #recallLost: () => void;
  readonly #pages: Page[] = [];
  readonly #groups: QuestionGroup[] = [];
  readonly #positions = new Map<Field, Position>();
  readonly #questions = new Map<Field, Question>();
  readonly #groupOf = new Map<Field, QuestionGroup>();
  readonly #stops = new Map<Field, { after: string | undefined; written: number }>();
  /** The plain page that is being filled. */
  #open: Page | null = null;
  #last: string | undefined;
  #written = 0;

  constructor(index: FieldIndex, reader: TextReader, recallLost: () => void) {
    this.#index = index;
    this.#reader = reader;
    this.#recallLost = recallLost;
  }

  top(field: Field): void {
    if (!isGroup(field)) {
      if (!this.#open && !isEndingField(field))
        this.#open = this.#newPage(this.#index.newId(`page-${this.#pages.length + 1}`));
      this.#add(field, this.#open?.items ?? [], {});
      return;
    }
    this.#open = null;
    const page = this.#newPage(this.#index.idOf(field));
    this.#container(field, page.items);
    this.#positions.set(field, { item: page.id, after: page.id });
    this.#last = page.id;
  }

  result(): Pages {
    if (this.#pages.length === 0) this.#newPage(this.#index.newId('page-1'));
    return {
      pages: this.#pages,
      groups: this.#groups,
      positionOf: (field) => field && this.#positions.get(field),
      questionOf: (field) => field && this.#questions.get(field),
      groupOf: (field) => field && this.#groupOf.get(field),
      before: (field) => {
        const stop = this.#stops.get(field);
        return stop && this.#written > stop.written ? stop.after : undefined;
      },
    };
  }

  #newPage(id: string): Page {
    const page: Page = { id, items: [] };
    this.#pages.push(page);
    return page;
  }

  /** Writes a field into a page; gives the questions it became. */
  #add(field: Field, items: Item[], around: Surroundings): Question[] {
    if (isEndingField(field)) {
      this.#stops.set(field, { after: this.#last, written: this.#written });
      return [];
    }
    if (isContainer(field)) return this.#container(field, items);
    const first = items.length;
    if (field.type === 'statement') {
      this.#write(items, this.#statement(field, this.#index.idOf(field), true, this.#recallLost));
      this.#place(field, items, first);
      return [];
    }
    const video = videoOf(field);
    // A question has no place for a video, so the link stands above it.
    if (video !== undefined)
      this.#write(items, {
        kind: 'statement',
        id: this.#index.newId(`${this.#index.idOf(field)}-video`),
        linkUrl: video,
      });
    const question = toQuestion(field, this.#index.idOf(field), this.#reader, around);
    this.#questions.set(field, question);
    this.#write(items, question);
    this.#place(field, items, first);
    return [question];
  }

  #container(field: Field, items: Item[]): Question[] {
    const id = this.#index.idOf(field);
    const kind = ownMember(KINDS, field.type ?? '') ?? 'group';
    const label = this.#reader.line(field.title);
    const heading = this.#index.newId(`${id}-title`);
    const group: QuestionGroup = { id, label: label.text || (field.ref ?? id), kind, members: [], heading };
    const remark = (code: string) => (group.remarks = [...new Set([...(group.remarks ?? []), code])]);
    this.#groups.push(group);
    this.#groupOf.set(field, group);
    const first = items.length;
    // The group has its own line in the report, so its words need none.
    const title = this.#statement(field, heading, false, () => remark('recall_lost'));
    const says = title.title !== undefined || title.text !== undefined || title.image || title.linkUrl !== undefined;
    if (says) this.#write(items, title);
    const inner = field.properties.fields.flatMap((member) => this.#add(member, items, membersOf(field, id)));
    group.members = inner.map((question) => question.id);
    // Something must stand where jumps lead to.
    if (items.length === first) this.#write(items, title);
    this.#place(field, items, first);
    return inner;
  }

  #statement(field: Field, id: string, isListed: boolean, recallLost: () => void): Statement {
    const title = this.#reader.text(field.title);
    const text = this.#reader.text(field.properties.description);
    if (title.isLost || text.isLost) recallLost();
    const image = imageOf(field);
    const linkUrl = videoOf(field);
    return {
      kind: 'statement',
      id,
      ...optional('title', title.text),
      ...optional('text', text.text),
      ...(image ? { image } : {}),
      ...(linkUrl !== undefined ? { linkUrl } : {}),
      ...(isListed ? { isListed } : {}),
    };
  }

  #write(items: Item[], item: Item): void {
    items.push(item);
    this.#last = item.id;
    this.#written += 1;
  }

  #place(field: Field, items: readonly Item[], first: number): void {
    const item = items[first]?.id;
    const after = items.at(-1)?.id;
    if (item !== undefined && after !== undefined) this.#positions.set(field, { item, after });
  }
}

/** What members of a composite take from it; members of a group only share its page. */
function membersOf(field: Field, id: string): Surroundings {
  if (isGroup(field)) return field.type === 'inline_group' ? { group: id } : {};
  return {
    group: id,
    required: field.validations?.required,
    choices: field.properties.choices,
    type: field.type === 'matrix' ? 'multiple_choice' : 'short_text',
  };
}
