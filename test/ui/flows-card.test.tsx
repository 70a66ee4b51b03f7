import { describe, expect, it } from 'vitest';
import {
  Alert,
  EmptyState,
  ErrorState,
  LoadingButton,
  LoadingSpinner,
  ProgressBar,
  SearchInput,
  TextArea,
  StatusTag,
  StepIndicator,
  ToggleGroup,
} from '@hubspot/ui-extensions';
import { createFakeServer } from './support/fake-server.ts';
import {
  allText,
  button,
  eventually,
  isWorking,
  overlayOf,
  press,
  pressInOverlay,
  seeText,
} from './support/pressing.ts';
import { renderFlowsCard } from './support/render.tsx';
import { anOffer, aSend, contactFlows, NOW } from './support/sample-data.ts';

const sends = (server: ReturnType<typeof createFakeServer>) =>
  server.calls
    .filter((call) => call.path.endsWith('/sends'))
    .map((call) => call.body as { idempotencyKey: string; replace: boolean });

describe('the card WhatsApp flows', () => {
  it('says that it is loading until the server has answered', async () => {
    const server = createFakeServer();
    const release = server.hold('GET /api/contacts');
    const card = renderFlowsCard(server);
    expect(card.find(LoadingSpinner).props.label).toBe('Loading…');
    release();
    await seeText(card, '+39 312 345 6789');
    expect(card.maybeFind(LoadingSpinner)).toBeNull();
  });

  it('shows the server’s own sentence when loading fails, and loads on the next try', async () => {
    const server = createFakeServer();
    server.failNext('GET /api/contacts', { kind: 'error', status: 403, code: 'x', message: 'Ask your administrator.' });
    const card = renderFlowsCard(server);
    await eventually(() => card.find(ErrorState));
    expect(allText(card)).toContain('Ask your administrator.');
    expect(allText(card)).toContain('req-1');
    press(card, 'Try again');
    await seeText(card, '+39 312 345 6789');
  });

  it('says what to do when no flow is published', async () => {
    const card = renderFlowsCard(createFakeServer({ contact: contactFlows({ flows: [] }) }));
    await eventually(() => card.find(EmptyState));
    expect(card.find(EmptyState).props.title).toBe('No flow has been published yet');
    expect(card.findAll(LoadingButton).some((one) => one.text === 'Send')).toBe(false);
  });

  it('says what is missing when the project names no server', () => {
    const card = renderFlowsCard(createFakeServer(), { origin: null });
    expect(card.find(ErrorState).props.title).toBe('This app is not set up completely');
  });

  it('shows number, consent, the closed window and the template that will be sent, with what is filled in', async () => {
    const card = renderFlowsCard(createFakeServer());
    await seeText(card, '+39 312 345 6789');
    const text = allText(card);
    expect(text).toContain('Not recorded');
    expect(text).toContain('so WhatsApp takes an approved template only');
    expect(text).toContain('Hello Maria, how was your visit?');
    expect(text).toContain('maria@example.com');
  });

  it('shows no template while the window is open', async () => {
    const contact = contactFlows({
      contact: { window: { open: true, until: NOW } },
      flows: [anOffer({ way: 'interactive', templateBody: null })],
    });
    const card = renderFlowsCard(createFakeServer({ contact }));
    await seeText(card, 'the person wrote within the last 24 hours');
    expect(allText(card)).not.toContain('This template will be sent');
  });

  it('says why there is no usable number and why a flow cannot be sent, and then sends nothing', async () => {
    const server = createFakeServer({
      contact: contactFlows({
        contact: { number: null, numberProblem: 'Add a mobile number with country code.' },
        flows: [anOffer({ blocked: 'The contact has no number.', way: 'none' })],
      }),
    });
    const card = renderFlowsCard(server);
    await seeText(card, 'Add a mobile number with country code.');
    expect(allText(card).split('The contact has no number.')).toHaveLength(2);
    expect(allText(card), 'nothing is sent, as a template or otherwise').not.toContain('Messages without template');
    expect(button(card, 'Send').props.disabled).toBe(true);
  });

  it('sends one message when pressed twice', async () => {
    const server = createFakeServer();
    const card = renderFlowsCard(server);
    await seeText(card, 'Send');
    const release = server.hold('POST /api/contacts/123/sends');
    press(card, 'Send');
    await eventually(() => expect(isWorking(card, 'Send')).toBe(true));
    press(card, 'Send');
    press(card, 'Send');
    release();
    await seeText(card, 'Taken by WhatsApp');
    expect(sends(server)).toHaveLength(1);
    expect(sends(server)[0]!.idempotencyKey).toMatch(/^[A-Za-z0-9_-]{16,64}$/);
    expect(card.mocks.actions.addAlert.callCount).toBe(1);
  });

  it('keeps the key when a send was cut off, and takes a new one for the next message', async () => {
    const server = createFakeServer();
    server.failNext('POST /api/contacts/123/sends', { kind: 'drop' });
    const card = renderFlowsCard(server);
    await seeText(card, 'Send');
    press(card, 'Send');
    await seeText(card, 'nothing happens twice');
    press(card, 'Send');
    await seeText(card, 'Taken by WhatsApp');
    const [first, second] = sends(server);
    expect(second!.idempotencyKey).toBe(first!.idempotencyKey);
    card.find(ToggleGroup, { name: 'flow' }).trigger('onChange', 'flw_kyc' as never);
    await seeText(card, 'Nothing is filled in beforehand.');
    press(card, 'Send');
    await eventually(() => expect(sends(server)).toHaveLength(3));
    expect(sends(server)[2]!.idempotencyKey).not.toBe(first!.idempotencyKey);
  });

  it('shows the server’s reason when a send is refused', async () => {
    const server = createFakeServer();
    server.failNext('POST /api/contacts/123/sends', {
      kind: 'error',
      status: 409,
      code: 'no_consent',
      message: 'The person has not agreed. Record the consent first.',
    });
    const card = renderFlowsCard(server);
    await seeText(card, 'Send');
    press(card, 'Send');
    await seeText(card, 'Record the consent first.');
    expect(card.find(Alert, { variant: 'danger' }).props.title).toBe('The flow was not sent');
  });

  it('replaces an open send only after the dialog has been confirmed', async () => {
    const server = createFakeServer({ contact: contactFlows({ sends: [aSend()] }) });
    const card = renderFlowsCard(server);
    await seeText(card, 'Send again');
    expect(card.findAll(LoadingButton).some((one) => one.text === 'Send')).toBe(false);
    expect(sends(server)).toHaveLength(0);
    pressInOverlay(card, 'Send again', 'Close it and send again');
    await eventually(() => expect(sends(server)).toHaveLength(1));
    expect(sends(server)[0]!.replace).toBe(true);
    await eventually(() => expect(card.mocks.actions.closeOverlay.callCount).toBe(1));
  });

  it('follows an open send from delivered to a screen to finished, and then stops looking', async () => {
    const server = createFakeServer({ contact: contactFlows({ sends: [aSend({ state: 'sent' })] }) });
    const card = renderFlowsCard(server);
    await eventually(() => expect(card.find(StepIndicator).props.currentStep).toBe(0));
    const open = server.state.contact.sends[0]!;
    open.state = 'delivered';
    await eventually(() => expect(card.find(StepIndicator).props.currentStep).toBe(1));
    Object.assign(open, { state: 'read', progress: { state: 'opened', screen: 2, screens: 4, mode: 'connected' } });
    await eventually(() => expect(card.find(ProgressBar).props).toMatchObject({ value: 2, maxValue: 4 }));
    expect(card.findAll(StatusTag).some((one) => one.text === 'On screen 2 of 4')).toBe(true);
    Object.assign(open, { open: false, progress: { state: 'finished', screen: 4, screens: 4, mode: 'connected' } });
    await seeText(card, 'The answers are in the card');
    // One look may still be under way; a card that goes on looking makes several in this time, every time.
    const looksIn = async (ms: number): Promise<number> => {
      const before = server.calls.length;
      await new Promise((resolve) => setTimeout(resolve, ms));
      return server.calls.length - before;
    };
    await expect.poll(() => looksIn(80)).toBe(0);
  });

  it('says why a message failed', async () => {
    const failed = aSend({ state: 'failed', open: false, reason: 'This number is not on WhatsApp.' });
    const card = renderFlowsCard(createFakeServer({ contact: contactFlows({ sends: [failed] }) }));
    await seeText(card, 'This number is not on WhatsApp.');
    expect(card.findAll(StatusTag).some((one) => one.text === 'Not delivered')).toBe(true);
  });

  it('goes on showing what it had, marked as old, when a later look fails', async () => {
    const server = createFakeServer();
    const card = renderFlowsCard(server);
    await seeText(card, '+39 312 345 6789');
    server.failNext('GET /api/contacts', { kind: 'drop' });
    press(card, 'Refresh');
    await seeText(card, 'This may be out of date');
    expect(allText(card)).toContain('+39 312 345 6789');
  });

  it('records consent with a note and shows it', async () => {
    const server = createFakeServer();
    const card = renderFlowsCard(server);
    await seeText(card, 'Record consent');
    const written = (): unknown => overlayOf(card, 'Record consent').find(TextArea).props.value;
    overlayOf(card, 'Record consent')
      .find(TextArea)
      .trigger('onInput', 'Told me at the fair' as never);
    await eventually(() => expect(written()).toBe('Told me at the fair'));
    pressInOverlay(card, 'Record consent', 'Save');
    await seeText(card, 'Given');
    await seeText(card, '“Told me at the fair”');
    const call = server.calls.find((one) => one.path.endsWith('/consent'));
    expect(call!.body).toMatchObject({ state: 'opted_in', note: 'Told me at the fair' });
  });

  it('offers a search from the seventh flow on, and finds by name', async () => {
    const flows = Array.from({ length: 9 }, (_, index) => anOffer({ flowId: `flw_${index}`, name: `Survey ${index}` }));
    const card = renderFlowsCard(createFakeServer({ contact: contactFlows({ flows }) }));
    await seeText(card, '3 more: search to find them.');
    expect(card.find(ToggleGroup, { name: 'flow' }).props.options).toHaveLength(6);
    card.find(SearchInput).trigger('onInput', 'survey 8' as never);
    await eventually(() =>
      expect(card.find(ToggleGroup, { name: 'flow' }).props.options.map((one) => one.value)).toEqual(['flw_8']),
    );
    card.find(SearchInput).trigger('onInput', 'nothing' as never);
    await seeText(card, 'No flow is called “nothing”');
  });

  it('needs no search with six flows', async () => {
    const flows = Array.from({ length: 6 }, (_, index) => anOffer({ flowId: `flw_${index}` }));
    const card = renderFlowsCard(createFakeServer({ contact: contactFlows({ flows }) }));
    await eventually(() => card.find(ToggleGroup, { name: 'flow' }));
    expect(card.maybeFind(SearchInput)).toBeNull();
  });

  it('stands upright in the narrow sidebar', async () => {
    const server = createFakeServer({ contact: contactFlows({ sends: [aSend({ state: 'sent' })] }) });
    const card = renderFlowsCard(server, { narrow: true });
    await eventually(() => expect(card.find(StepIndicator).props.direction).toBe('vertical'));
  });

  it('speaks German to German users and asks the server for German', async () => {
    const server = createFakeServer();
    const card = renderFlowsCard(server, { language: 'de', locale: 'de-at' });
    await seeText(card, 'Einwilligung festhalten');
    expect(server.calls[0]!.query['locale']).toBe('de');
  });
});
