import { describe, expect, it } from 'vitest';
import { Alert, StatusTag, Tabs } from '@hubspot/ui-extensions';
import { createFakeServer, type FakeServer } from './support/fake-server.ts';
import { allText, eventually, isWorking, press, seeText } from './support/pressing.ts';
import { renderSettings } from './support/render.tsx';
import { aDrift, aFlow, anAccount, aPublication, NOW, setup } from './support/sample-data.ts';

const changed = aDrift({
  state: 'changed',
  revision: 'r2',
  questions: [
    {
      question: '0-1/nps',
      label: 'How likely are you to recommend us?',
      changes: [
        { code: 'required-changed', message: 'Need not be answered any more.' },
        { code: 'choice-added', message: 'New choice “11”.' },
      ],
    },
    { question: '0-1/reason', label: 'Why?', changes: [{ code: 'removed', message: 'No longer in the form.' }] },
  ],
  form: [{ code: 'consent-changed', message: 'The consent texts have changed.' }],
  edits: [{ code: 'label-dropped', message: 'Your text “Tell us why” goes with “Why?”.' }],
  openSends: 3,
});

function serverWith(drift: ReturnType<typeof aDrift>, change: Parameters<typeof aFlow>[0] = {}): FakeServer {
  return createFakeServer({
    setup: setup({ accounts: [anAccount()], nextStep: 'check-flow' }),
    flows: [aFlow({ drift, formState: drift.state, ...change })],
  });
}
const posts = (server: FakeServer, end: string) =>
  server.calls.filter((call) => call.method === 'POST' && call.path.endsWith(end)).map((call) => call.body);

describe('a flow whose form was changed', () => {
  it('says so with the difference question by question, what becomes of own edits, and who is still under way', async () => {
    const page = renderSettings(serverWith(changed));
    await seeText(page, 'The form was changed since this flow was made');
    await seeText(page, 'What is different (3)');
    for (const text of [
      'How likely are you to recommend us?',
      'Need not be answered any more.',
      'New choice “11”.',
      'No longer in the form.',
      'The consent texts have changed.',
      'Your text “Tell us why” goes with “Why?”.',
      'Messages people may still answer: 3.',
    ])
      expect(allText(page)).toContain(text);
  });

  it('says of a live flow that nothing has changed for people yet, and of a draft that it will come into it', async () => {
    const live = renderSettings(serverWith(changed, { publication: aPublication({ publishedAt: NOW }) }));
    await seeText(live, 'the published flow goes on as it is');
    const draft = renderSettings(serverWith(changed));
    await seeText(draft, 'brings them into this draft');
  });

  it('takes over exactly the reading that was shown, once, and then is quiet', async () => {
    const server = serverWith(changed);
    const page = renderSettings(server);
    await seeText(page, 'Take the changes over');
    const release = server.hold('POST');
    press(page, 'Take the changes over');
    await eventually(() => expect(isWorking(page, 'Take the changes over')).toBe(true));
    press(page, 'Take the changes over');
    release();
    await eventually(() => expect(page.findAll(Alert)).toHaveLength(0));
    expect(posts(server, '/take-over')).toMatchObject([{ revision: 'r2' }]);
    expect(page.mocks.actions.addAlert.calls[0]![0]).toMatchObject({ type: 'success' });
  });

  it('says in the server’s words why it could not be taken over, and can be pressed again', async () => {
    const server = serverWith(changed);
    const message = 'The form was changed once more.';
    server.failNext('POST', { kind: 'error', status: 409, code: 'form_changed_again', message });
    const page = renderSettings(server);
    await seeText(page, 'Take the changes over');
    press(page, 'Take the changes over');
    await seeText(page, message);
    press(page, 'Take the changes over');
    await eventually(() => expect(posts(server, '/take-over')).toHaveLength(2));
  });

  it('is marked in the list of flows', async () => {
    const page = renderSettings(serverWith(changed));
    await eventually(() => page.find(Tabs));
    page.find(Tabs).trigger('onSelectedChange', 'flows' as never);
    await eventually(() =>
      expect(page.findAll(StatusTag).map((tag) => tag.text)).toEqual(expect.arrayContaining(['Form changed'])),
    );
  });
});

describe('a form that is as it was', () => {
  it('is not mentioned', async () => {
    const page = renderSettings(serverWith(aDrift()));
    await seeText(page, 'What fits WhatsApp');
    expect(allText(page)).not.toContain('Take the changes over');
    expect(page.findAll(Alert)).toHaveLength(0);
  });
});

describe('a form that is archived or deleted', () => {
  it.each([
    ['archived', 'The form is archived'],
    ['gone', 'The form was deleted'],
  ] as const)('%s: says what to do and offers nothing to take over', async (state, title) => {
    const page = renderSettings(serverWith(aDrift({ state, message: 'Restore it in HubSpot.' })));
    await eventually(() => expect(page.find(Alert).props.title).toBe(title));
    expect(allText(page)).toContain('Restore it in HubSpot.');
    expect(allText(page)).not.toContain('Take the changes over');
  });
});

describe('submissions of a deleted form', () => {
  it('say what waits and why, and end by a decision that takes two presses', async () => {
    const message = 'HubSpot does not know this form any more.';
    const server = serverWith(aDrift({ state: 'gone', message, heldSubmissions: 2, heldNowhereElse: 2 }));
    const page = renderSettings(server);
    await seeText(page, 'Submissions that were meant for the deleted form: 2');
    expect(allText(page)).toContain('No other place has any of these answers');
    expect(allText(page)).not.toContain('Try again as they are');
    press(page, 'Give all 2 up');
    await seeText(page, 'This cannot be taken back.');
    expect(posts(server, '/held-submissions')).toEqual([]);
    press(page, 'Yes, they will not go to the form');
    await eventually(() => expect(posts(server, '/held-submissions')).toMatchObject([{ decision: 'give-up' }]));
    await eventually(() => expect(allText(page)).not.toContain('meant for the deleted form'));
  });
});

describe('submissions the changed form does not take', () => {
  it.each([
    ['Submit without what is no longer in the form', 'without-removed'],
    ['Try again as they are', 'again'],
  ])('wait for the customer, who decides: %s', async (label, decision) => {
    const server = serverWith(aDrift({ heldSubmissions: 2 }));
    const page = renderSettings(server);
    await seeText(page, 'Submissions the form does not take as it is now: 2');
    press(page, label);
    await eventually(() => expect(posts(server, '/held-submissions')).toMatchObject([{ decision }]));
    await eventually(() => expect(allText(page)).not.toContain('Submissions the form does not take'));
  });
});
