import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { Input, MultiSelect, NumberInput, Select, Toggle } from '@hubspot/ui-extensions';
import { ownerRuleSchema, type OwnerRule } from '@flowella/shared/contract/mapping.ts';
import {
  fromSimple,
  TESTS,
  toSimple,
  withRuleUp,
} from '../../hubspot-project/app/settings/get-started/edit-owner-rules.ts';
import { createFakeServer, type FakeServer } from './support/fake-server.ts';
import { allText, button, eventually, press, seeText } from './support/pressing.ts';
import { renderSettings } from './support/render.tsx';
import { aFlow, anAccount, setup } from './support/sample-data.ts';

type Page = ReturnType<typeof renderSettings>;

const OWNERS = {
  permitted: true,
  owners: [
    { ownerId: '71', name: 'Rosa Vendel', archived: false },
    { ownerId: '72', name: 'Tom Berg', archived: false },
    { ownerId: '73', name: 'Gone Girl', archived: true },
  ],
};
const LINKS = {
  permitted: true,
  timeZone: 'Europe/Berlin',
  links: [
    { link: 'rosa/first-call', name: 'First call' },
    { link: 'rosa/long', name: 'Long talk' },
  ],
};
const server = (change: Parameters<typeof createFakeServer>[0] = {}): FakeServer =>
  createFakeServer({
    setup: setup({ accounts: [anAccount()], nextStep: 'map-answers' }),
    flows: [aFlow()],
    owners: OWNERS,
    meetingLinks: LINKS,
    ...change,
  });
const saved = async (at: FakeServer, page: Page): Promise<Record<string, never>> => {
  press(page, 'Save and go on');
  const patches = () => at.calls.filter((call) => call.method === 'PATCH');
  await eventually(() => expect(patches()).toHaveLength(1));
  return patches()[0]?.body as Record<string, never>;
};
const toggle = async (page: Page, label: string, on: boolean) => {
  await eventually(() => expect(page.find(Toggle, { label }).props.readOnly).not.toBe(true));
  page.find(Toggle, { label }).trigger('onChange', on as never);
  await eventually(() => expect(page.find(Toggle, { label }).props.checked).toBe(on));
};
const select = async (page: Page, name: string, value: string | number) => {
  await eventually(() => page.find(Select, { name }));
  page.find(Select, { name }).trigger('onChange', value as never);
};
const selectAndSee = async (page: Page, name: string, value: string | number) => {
  await select(page, name, value);
  await eventually(() => expect(page.find(Select, { name }).props.value).toBe(value));
};
const labels = (page: Page, name: string) => page.find(Select, { name }).props.options?.map((one) => one.label);
const OWNER_TOGGLE = 'Give the contact an owner by rules';
const LINK_TOGGLE = 'Offer times of a HubSpot meeting link';
const TASK_TOGGLE = 'Make a task or a note after each submission';

describe('rules for the owner of a contact', () => {
  it('are added, filled in and saved in their order', async () => {
    const at = server();
    const page = renderSettings(at);
    await eventually(() => button(page, 'Save and go on'));
    await toggle(page, OWNER_TOGGLE, true);
    press(page, 'Add a rule');
    await selectAndSee(page, 'owner-0-question', '0-1/nps');
    await selectAndSee(page, 'owner-0-value', 'no');
    await selectAndSee(page, 'owner-0-choose', '72');
    press(page, 'Add a rule');
    await selectAndSee(page, 'owner-1-choose', 'in-turn');
    page.find(MultiSelect, { name: 'owner-1-people' }).trigger('onChange', ['71', '72'] as never);
    await eventually(() =>
      expect(page.find(MultiSelect, { name: 'owner-1-people' }).props.value).toEqual(['71', '72']),
    );
    expect(await saved(at, page)).toMatchObject({
      mapping: {
        owner: {
          enabled: true,
          rules: [
            {
              when: { op: 'includes-any', question: '0-1/nps', values: ['no'] },
              choose: { kind: 'owner', ownerId: '72' },
            },
            { choose: { kind: 'round-robin', ownerIds: ['71', '72'] } },
          ],
        },
      },
    });
  });

  it('offer the choices of a question by their names, and text where a value is typed', async () => {
    const page = renderSettings(server());
    await eventually(() => button(page, 'Save and go on'));
    await toggle(page, OWNER_TOGGLE, true);
    press(page, 'Add a rule');
    await selectAndSee(page, 'owner-0-question', '0-1/nps');
    expect(labels(page, 'owner-0-value')).toEqual(['Not at all', 'Very']);
    await selectAndSee(page, 'owner-0-test', 'contains');
    page.find(Input, { name: 'owner-0-value' }).trigger('onInput', 'o' as never);
    await eventually(() => expect(page.find(Input, { name: 'owner-0-value' }).props.value).toBe('o'));
    await selectAndSee(page, 'owner-0-test', 'answered');
    await eventually(() => expect(page.findAll(Input, { name: 'owner-0-value' })).toHaveLength(0));
  });

  it('do not offer who is archived, but still name who a rule names, and are moved and removed', async () => {
    const rules: OwnerRule[] = [
      { choose: { kind: 'owner', ownerId: '73' } },
      { choose: { kind: 'keep' } },
      { when: { op: 'not', condition: { op: 'answered', question: '0-1/nps' } }, choose: { kind: 'keep' } },
    ];
    const flow = aFlow();
    const at = server({ flows: [{ ...flow, mapping: { ...flow.mapping, owner: { enabled: true, rules } } }] });
    const page = renderSettings(at);
    await eventually(() => expect(labels(page, 'owner-0-choose')).toContain('Gone Girl (archived)'));
    expect(labels(page, 'owner-1-choose')).not.toContain('Gone Girl (archived)');
    expect(allText(page)).toContain('A condition that this page cannot show');
    press(page, 'Move rule 2 up');
    await eventually(() => expect(page.find(Select, { name: 'owner-0-choose' }).props.value).toBe('keep'));
    press(page, 'Remove rule 2');
    await eventually(() => expect(page.findAll(Select, { name: 'owner-2-choose' })).toHaveLength(0));
    expect(await saved(at, page)).toMatchObject({ mapping: { owner: { rules: [rules[1], rules[2]] } } });
  });

  it('say what is missing where the app may not read owners', async () => {
    const page = renderSettings(server({ owners: { owners: [], permitted: false } }));
    await eventually(() => button(page, 'Save and go on'));
    await toggle(page, OWNER_TOGGLE, true);
    await seeText(page, 'accepts the permission for owners');
  });

  it('mean the same after they were shown, and a moved rule loses none', () => {
    const condition = fc.record({
      question: fc.string({ minLength: 1 }),
      test: fc.constantFrom(...TESTS),
      value: fc.string(),
    });
    fc.assert(
      fc.property(condition, (simple) => {
        const when = fromSimple(simple);
        expect(ownerRuleSchema.parse({ when, choose: { kind: 'keep' } }).when).toEqual(when);
        expect(toSimple(when)).toEqual(simple.test === 'answered' ? { ...simple, value: '' } : simple);
      }),
    );
    fc.assert(
      fc.property(fc.nat(6), fc.integer({ min: -1, max: 8 }), (count, index) => {
        const rules = Array.from({ length: count }, (_, n): OwnerRule => ({
          choose: { kind: 'owner', ownerId: String(n) },
        }));
        expect(withRuleUp(rules, index).toSorted(byOwner)).toEqual(rules);
      }),
    );
  });
});

const byOwner = (a: OwnerRule, b: OwnerRule) => JSON.stringify(a).localeCompare(JSON.stringify(b));

describe('an appointment', () => {
  it('is offered of a link with the account’s time zone and own texts, and saved with the design', async () => {
    const at = server();
    const page = renderSettings(at);
    await eventually(() => button(page, 'Save and go on'));
    await toggle(page, LINK_TOGGLE, true);
    await eventually(() => expect(labels(page, 'appointment-minutes')).toEqual(['15 minutes', '30 minutes']));
    await selectAndSee(page, 'appointment-minutes', 15);
    await selectAndSee(page, 'appointment-place', '0-1/cv');
    page.find(Input, { name: 'appointment-label' }).trigger('onInput', 'When?' as never);
    await eventually(() => expect(page.find(Input, { name: 'appointment-label' }).props.value).toBe('When?'));
    await toggle(page, 'Send the person a calendar file in the chat', true);
    expect(await saved(at, page)).toMatchObject({
      design: {
        appointment: {
          link: 'rosa/first-call',
          name: 'First call',
          minutes: 15,
          timeZone: 'Europe/Berlin',
          zone: 'account',
          question: '0-1/cv',
          label: 'When?',
        },
      },
      mapping: { calendar: { invitation: true } },
    });
  });

  it('a link is changed for another with its own lengths; without any change the design is left alone', async () => {
    const at = server();
    const page = renderSettings(at);
    await eventually(() => button(page, 'Save and go on'));
    await toggle(page, LINK_TOGGLE, true);
    await selectAndSee(page, 'appointment-link', 'rosa/long');
    await eventually(() => expect(labels(page, 'appointment-minutes')).toContain('60 minutes'));
    await toggle(page, LINK_TOGGLE, false);
    expect(await saved(at, page)).not.toHaveProperty('design');
  });

  it('cannot be switched on without a link, and says where to make one', async () => {
    const page = renderSettings(server({ meetingLinks: { ...LINKS, links: [] } }));
    await seeText(page, 'There is no meeting link in this account.');
    expect(page.find(Toggle, { label: LINK_TOGGLE }).props.readOnly).toBe(true);
  });

  it('says in German too what is missing where the app may not read links', async () => {
    const at = server({ meetingLinks: { links: [], timeZone: 'UTC', permitted: false } });
    await seeText(renderSettings(at, { language: 'de', locale: 'de-de' }), 'bestätigt die Berechtigung für Termine');
  });
});

describe('a task or note', () => {
  it('takes answers into its texts and is saved with when it is due', async () => {
    const at = server();
    const page = renderSettings(at);
    await eventually(() => button(page, 'Save and go on'));
    await toggle(page, TASK_TOGGLE, true);
    await select(page, 'task-insert', '0-1/email');
    await eventually(() =>
      expect(page.find(Input, { name: 'task-title' }).props.value).toBe('Follow up {{0-1/email}}'),
    );
    page.find(NumberInput, { name: 'task-due' }).trigger('onChange', 3 as never);
    await eventually(() => expect(page.find(NumberInput, { name: 'task-due' }).props.value).toBe(3));
    await selectAndSee(page, 'task-priority', 'HIGH');
    expect(await saved(at, page)).toMatchObject({
      mapping: {
        task: { enabled: true, kind: 'task', title: 'Follow up {{0-1/email}}', dueInDays: 3, priority: 'HIGH' },
      },
    });
  });

  it('a note has neither a date nor a priority', async () => {
    const page = renderSettings(server());
    await eventually(() => button(page, 'Save and go on'));
    await toggle(page, TASK_TOGGLE, true);
    await selectAndSee(page, 'task-kind', 'note');
    await eventually(() => expect(page.findAll(NumberInput, { name: 'task-due' })).toHaveLength(0));
    expect(page.findAll(Select, { name: 'task-priority' })).toHaveLength(0);
  });
});
