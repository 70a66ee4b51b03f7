import { describe, expect, it } from 'vitest';
import {
  Accordion,
  DescriptionListItem,
  EmptyState,
  ErrorState,
  Heading,
  Link,
  LoadingSpinner,
  StatusTag,
  Text,
} from '@hubspot/ui-extensions';
import { createFakeServer } from './support/fake-server.ts';
import { allText, eventually, press, pressInOverlay, seeText } from './support/pressing.ts';
import { renderSubmissionsCard } from './support/render.tsx';
import { aDelivery, aSubmission } from './support/sample-data.ts';

const dead = () =>
  aSubmission({
    deliveries: [
      aDelivery(),
      aDelivery({
        deliveryId: 'dlv_2',
        destination: 'form-submission',
        state: 'dead',
        deliveredAt: null,
        attempts: 3,
        reason: 'The form is archived. Restore it in HubSpot.',
      }),
    ],
  });

describe('the card Submissions', () => {
  it('says that it is loading, and what to do when nothing has come in yet', async () => {
    const server = createFakeServer();
    const release = server.hold('GET');
    const card = renderSubmissionsCard(server);
    card.find(LoadingSpinner);
    release();
    await eventually(() => card.find(EmptyState));
    expect(allText(card)).toContain('Send one from the card “WhatsApp flows”');
  });

  it('offers another try when loading fails', async () => {
    const server = createFakeServer({ submissions: [aSubmission()] });
    server.failNext('GET', { kind: 'drop' });
    const card = renderSubmissionsCard(server);
    await eventually(() => card.find(ErrorState));
    press(card, 'Try again');
    await seeText(card, 'Friendly people');
  });

  it('shows answers, sender, time, the form’s link and the state at every destination', async () => {
    const card = renderSubmissionsCard(createFakeServer({ submissions: [aSubmission()] }));
    await seeText(card, 'Friendly people');
    expect(allText(card)).toMatch(/Submitted .* · Opened .* · Sent by Rosa Vendel/);
    expect(card.find(DescriptionListItem, { label: 'Anything else?' }).find(Text).text).toBe('No answer');
    expect(card.findAll(StatusTag).map((tag) => tag.text)).toEqual(['Delivered', 'Delivered', 'Delivered']);
    expect(card.findAll(Link).map((link) => link.props.href)).toEqual([
      { url: 'https://app.hubspot.com/submissions/4711/form/f1', external: true },
    ]);
  });

  it('says why answers are not shown', async () => {
    const gone = aSubmission({ answers: null, answersNote: 'Deleted after 30 days.' });
    const card = renderSubmissionsCard(createFakeServer({ submissions: [gone] }));
    await seeText(card, 'Deleted after 30 days.');
    expect(card.findAll(DescriptionListItem)).toHaveLength(0);
  });

  it('shows what was sent once more with other answers, and that the first ones count', async () => {
    const answers = [{ question: '0-1/nps', label: 'How likely are you to recommend us?', value: '3' }];
    const sentAgain = [{ at: '2026-11-23T13:50:00.000Z', answers }];
    const card = renderSubmissionsCard(createFakeServer({ submissions: [aSubmission({ sentAgain })] }));
    await seeText(card, 'The first ones count');
    const lines = card.findAll(DescriptionListItem, { label: 'How likely are you to recommend us?' });
    expect(lines.map((line) => line.find(Text).text)).toEqual(['9', '3']);
  });

  it('shows the KYC record where there is one', async () => {
    const kyc = { status: 'pending review', fields: [{ label: 'Document', value: '•••• 4711' }] };
    const card = renderSubmissionsCard(createFakeServer({ submissions: [aSubmission({ kyc })] }));
    await eventually(() => card.find(Accordion, { title: 'KYC record' }));
    expect(card.find(DescriptionListItem, { label: 'Document' }).find(Text).text).toBe('•••• 4711');
  });

  it('says why a delivery has failed, tries it again once per press, and follows it until it has arrived', async () => {
    const server = createFakeServer({ submissions: [dead()] });
    const card = renderSubmissionsCard(server);
    await seeText(card, 'The form is archived.');
    const release = server.hold('POST');
    press(card, 'Try delivery again');
    press(card, 'Try delivery again');
    release();
    await eventually(() => expect(card.findAll(StatusTag).map((tag) => tag.text)).toContain('Waiting'));
    const posts = server.calls.filter((call) => call.method === 'POST');
    expect(posts.map((call) => call.path)).toEqual(['/api/deliveries/dlv_2/replay']);
    Object.assign(server.state.submissions[0]!.deliveries[1]!, { state: 'delivered' });
    await eventually(() => expect(card.findAll(StatusTag).map((tag) => tag.text)).toEqual(['Delivered', 'Delivered']));
  });

  it('offers a decision on what is held, and nothing on what is only waiting', async () => {
    const held = aSubmission({
      deliveries: [
        aDelivery({ state: 'held', deliveredAt: null, reason: 'The form has changed.' }),
        aDelivery({ deliveryId: 'dlv_9', state: 'waiting', deliveredAt: null }),
      ],
    });
    const card = renderSubmissionsCard(createFakeServer({ submissions: [held] }));
    await seeText(card, 'Needs a decision');
    expect(allText(card).split('Try delivery again')).toHaveLength(2);
  });

  it('says of what waits behind a failed delivery for which one it waits, and repeats neither its reason nor a time', async () => {
    const blocked = aSubmission({
      deliveries: [
        aDelivery({ state: 'dead', deliveredAt: null, reason: 'The address is of another contact.' }),
        aDelivery({
          deliveryId: 'dlv_9',
          destination: 'timeline',
          state: 'waiting',
          deliveredAt: null,
          waitsFor: 'contact',
        }),
      ],
    });
    const card = renderSubmissionsCard(createFakeServer({ submissions: [blocked] }));
    await seeText(card, 'It waits for “Contact properties” and goes on by itself once that is done.');
    expect(allText(card)).not.toContain('next try');
  });

  it('sends the flow again after the dialog, closing what was open', async () => {
    const server = createFakeServer({ submissions: [aSubmission()] });
    const card = renderSubmissionsCard(server);
    await seeText(card, 'Send again');
    pressInOverlay(card, 'Send again', 'Close it and send again');
    await eventually(() => expect(card.mocks.actions.addAlert.callCount).toBe(1));
    const call = server.calls.find((one) => one.path.endsWith('/sends'));
    expect(call!.body).toMatchObject({ flowId: 'flw_nps', replace: true });
  });

  it('goes to older submissions and back to the newest', async () => {
    const submissions = Array.from({ length: 25 }, (_, index) =>
      aSubmission({ submissionId: `sub_${index}`, flowName: `Run ${index}` }),
    );
    const card = renderSubmissionsCard(createFakeServer({ submissions }));
    await seeText(card, '25 submissions');
    expect(card.findAll(Heading).map((heading) => heading.text)).toEqual(
      submissions.slice(0, 10).map((one) => one.flowName),
    );
    press(card, 'Older');
    await eventually(() => expect(card.find(Heading).text).toBe('Run 10'));
    press(card, 'Older');
    await eventually(() => expect(card.find(Heading).text).toBe('Run 20'));
    press(card, 'Newer');
    await eventually(() => expect(card.find(Heading).text).toBe('Run 10'));
  });
});
