import { describe, expect, it } from 'vitest';
import {
  Accordion,
  Alert,
  Dropdown,
  ErrorState,
  Form,
  Input,
  LoadingButton,
  MultiSelect,
  Select,
  TextArea,
  StepIndicator,
  Tab,
  Tabs,
  Toggle,
} from '@hubspot/ui-extensions';
import { createFakeServer, type FakeServer, type FakeState } from './support/fake-server.ts';
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
import { renderSettings } from './support/render.tsx';
import { aFlow, anAccount, aPublication, NOW, setup } from './support/sample-data.ts';

type Page = ReturnType<typeof renderSettings>;

const forms: FakeState['forms'] = [
  {
    source: 'hubspot-forms',
    sourceFormId: 'f1',
    name: 'Customer survey',
    updatedAt: NOW,
    questionCount: 3,
    writeBack: aFlow().writeBack,
  },
  {
    source: 'hubspot-forms',
    sourceFormId: 'f2',
    name: 'Contact us',
    updatedAt: null,
    questionCount: 12,
    writeBack: { ...aFlow().writeBack, mode: 'none', native: false, reasons: ['reCAPTCHA is switched on.'] },
  },
];

function serverAt(
  step: 'choose-form' | 'check-flow' | 'map-answers' | 'publish' | 'test' | 'done',
  flow = aFlow(),
): FakeServer {
  return createFakeServer({
    setup: setup({ accounts: [anAccount()], nextStep: step }),
    flows: step === 'choose-form' ? [] : [flow],
    forms,
  });
}

const currentStep = (page: Page) => page.find(StepIndicator).props.currentStep;
const bodies = (server: FakeServer, start: string) =>
  server.calls
    .filter((call) => `${call.method} ${call.path}`.startsWith(start))
    .map((call) => call.body as Record<string, unknown>);

describe('the settings page', () => {
  it('has exactly the tabs that lead somewhere', async () => {
    const page = renderSettings(createFakeServer());
    await eventually(() => page.find(Tabs));
    expect(page.findAll(Tab).map((tab) => tab.props.title)).toEqual([
      'Get started',
      'What needs you',
      'Flows',
      'WhatsApp accounts',
      'Identity checks',
      'Webhooks',
      'Deliveries',
    ]);
  });

  it('says why it could not load and loads on the next try', async () => {
    const server = createFakeServer();
    server.failNext('GET /api/setup', { kind: 'error', status: 403, code: 'x', message: 'Only administrators may.' });
    const page = renderSettings(server);
    await eventually(() => page.find(ErrorState));
    expect(allText(page)).toContain('Only administrators may.');
    press(page, 'Try again');
    await eventually(() => page.find(StepIndicator));
  });

  it.each([
    ['choose-form', 1],
    ['check-flow', 2],
    ['map-answers', 3],
    ['publish', 4],
  ] as const)('takes up again at the server’s step %s', async (step, index) => {
    const page = renderSettings(serverAt(step));
    await eventually(() => expect(currentStep(page)).toBe(index));
  });

  it('goes back to an earlier step by its name but not ahead of what is done', async () => {
    const page = renderSettings(serverAt('choose-form'));
    await eventually(() => expect(currentStep(page)).toBe(1));
    page.find(StepIndicator).trigger('onClick', 4 as never);
    page.find(StepIndicator).trigger('onClick', 0 as never);
    await eventually(() => expect(currentStep(page)).toBe(0));
  });
});

describe('connecting WhatsApp', () => {
  const values = {
    appId: '123456789',
    appSecret: 'a'.repeat(32),
    wabaId: '100200300400500',
    phoneNumberId: '106540352242922',
    accessToken: 'b'.repeat(60),
  };
  const type = async (page: Page) => {
    for (const [name, value] of Object.entries(values)) {
      page.find(Input, { name }).trigger('onInput', value as never);
      await eventually(() => expect(page.find(Input, { name }).props.value).toBe(value));
    }
  };

  it('names every faulty value and asks the server nothing', async () => {
    const server = createFakeServer();
    const page = renderSettings(server);
    await eventually(() => page.find(Form));
    page.find(Form).trigger('onSubmit');
    await seeText(page, 'Digits only, 5 to 20 of them.');
    expect(page.findAll(Input).filter((input) => input.props.error)).toHaveLength(5);
    expect(bodies(server, 'POST')).toHaveLength(0);
  });

  it('hides secrets while they are typed', async () => {
    const page = renderSettings(createFakeServer());
    await eventually(() => page.find(Form));
    expect(page.findAll(Input, { type: 'password' }).map((input) => input.props.name)).toEqual([
      'appSecret',
      'accessToken',
    ]);
  });

  it('connects once, says so, and goes on to the forms', async () => {
    const server = createFakeServer({ forms });
    const page = renderSettings(server);
    await eventually(() => page.find(Form));
    await type(page);
    page.find(Form).trigger('onSubmit');
    page.find(Form).trigger('onSubmit');
    await eventually(() => expect(currentStep(page)).toBe(1));
    const posts = bodies(server, 'POST /api/whatsapp/accounts');
    expect(posts).toHaveLength(1);
    expect(posts[0]).toMatchObject(values);
  });

  it('shows what Meta objects to, and keeps the key for the next press', async () => {
    const server = createFakeServer();
    const failure = {
      kind: 'error',
      status: 422,
      code: 'token',
      message: 'The token lacks whatsapp_business_management.',
    } as const;
    server.failNext('POST /api/whatsapp/accounts', failure);
    const page = renderSettings(server);
    await eventually(() => page.find(Form));
    await type(page);
    page.find(Form).trigger('onSubmit');
    await seeText(page, 'The token lacks whatsapp_business_management.');
    page.find(Form).trigger('onSubmit');
    await eventually(() => expect(currentStep(page)).toBe(1));
    const [first, second] = bodies(server, 'POST /api/whatsapp/accounts');
    expect(second!['idempotencyKey']).toBe(first!['idempotencyKey']);
  });

  it('shows the checks of a broken account with what to do, and the form to repair it', async () => {
    const broken = anAccount({
      state: 'broken',
      checks: [{ code: 'key-valid', state: 'failed', message: 'Meta has another key. Connect again.' }],
    });
    const page = renderSettings(createFakeServer({ setup: setup({ accounts: [broken] }) }));
    await seeText(page, 'Meta has another key. Connect again.');
    expect(currentStep(page)).toBe(0);
    expect(page.find(Accordion).props.defaultOpen).toBe(true);
    expect(() => button(page, 'Next')).toThrow();
  });
});

describe('choosing a form', () => {
  it('lists forms with their questions and what can be written back, and why not', async () => {
    const page = renderSettings(serverAt('choose-form'));
    await seeText(page, 'Customer survey');
    expect(allText(page)).toContain('As a real submission of the form');
    expect(allText(page)).toContain('reCAPTCHA is switched on.');
  });

  it('says where to make a form when there is none', async () => {
    const server = serverAt('choose-form');
    server.state.forms = [];
    await seeText(renderSettings(server), 'Create one in HubSpot under Marketing › Forms');
  });

  it('makes a flow of the chosen form and shows how it fits', async () => {
    const server = serverAt('choose-form');
    const page = renderSettings(server);
    await seeText(page, 'Customer survey');
    press(page, 'Choose');
    await seeText(page, 'What fits WhatsApp');
    expect(bodies(server, 'POST /api/flows')).toEqual([
      expect.objectContaining({ source: 'hubspot-forms', sourceFormId: 'f1', accountId: 'wac_1' }),
    ]);
  });
});

describe('checking the flow', () => {
  it('groups the fit report, what cannot be asked first', async () => {
    const page = renderSettings(serverAt('check-flow'));
    await seeText(page, 'Cannot be asked on WhatsApp (1)');
    const titles = page.findAll(Accordion).map((one) => one.props.title);
    expect(titles.slice(0, 3)).toEqual(['Cannot be asked on WhatsApp (1)', 'Changed to fit (1)', 'Kept as it is (2)']);
    expect(allText(page)).toContain('What to do: Ask for a link instead.');
  });

  it('saves a question’s texts beside what was decided before', async () => {
    const server = serverAt('check-flow', aFlow({ design: { omitted: ['0-1/cv'], labels: { '0-1/nps': 'Score?' } } }));
    const page = renderSettings(server);
    await seeText(page, 'E-mail');
    overlayOf(page, 'Edit')
      .find(TextArea)
      .trigger('onInput', 'Your e-mail' as never);
    await eventually(() => expect(overlayOf(page, 'Edit').find(TextArea).props.value).toBe('Your e-mail'));
    pressInOverlay(page, 'Edit', 'Save');
    await eventually(() => expect(bodies(server, 'PATCH')).toHaveLength(1));
    expect(bodies(server, 'PATCH')[0]!['design']).toEqual({
      omitted: ['0-1/cv'],
      labels: { '0-1/nps': 'Score?', '0-1/email': 'Your e-mail' },
    });
  });

  it('makes a rule of when a question is asked, over the questions before it, and takes it back', async () => {
    const server = serverAt('check-flow');
    const page = renderSettings(server);
    await seeText(page, 'Why?');
    const WHY = 2;
    const select = (name: string) => overlayOf(page, 'Edit', WHY).find(Select, { name });
    const choose = async (name: string, value: string) => {
      select(name).trigger('onChange', value as never);
      await eventually(() => expect(select(name).props.value).toBe(value));
    };
    expect(select('when').props.value).toBe('form');
    await choose('when', 'own');
    expect(select('when-question-1').props.options.map((one) => one.label)).toEqual([
      'E-mail',
      'How likely are you to recommend us?',
    ]);
    expect(select('when-question-1').props.value).toBe('0-1/nps');
    await choose('when-question-1', '0-1/email');
    await choose('when-question-1', '0-1/nps');
    overlayOf(page, 'Edit', WHY)
      .find(MultiSelect)
      .trigger('onChange', [] as never);
    await eventually(() => expect(overlayOf(page, 'Edit', WHY).find(LoadingButton).props.disabled).toBe(true));
    overlayOf(page, 'Edit', WHY)
      .find(MultiSelect)
      .trigger('onChange', ['no'] as never);
    await eventually(() => expect(overlayOf(page, 'Edit', WHY).find(LoadingButton).props.disabled).toBe(false));
    pressInOverlay(page, 'Edit', 'Save', WHY);
    await eventually(() => expect(bodies(server, 'PATCH')).toHaveLength(1));
    expect(bodies(server, 'PATCH')[0]!['design']).toEqual({
      shownWhen: { '0-1/reason': { match: 'all', parts: [{ question: '0-1/nps', is: 'one-of', values: ['no'] }] } },
    });
  });

  it('lets the form decide again about when a question is asked', async () => {
    const rule = { match: 'all' as const, parts: [{ question: '0-1/nps', is: 'answered' as const }] };
    const server = serverAt('check-flow', aFlow({ design: { shownWhen: { '0-1/reason': rule } } }));
    const page = renderSettings(server);
    await seeText(page, 'Why?');
    const when = () => overlayOf(page, 'Edit', 2).find(Select, { name: 'when' });
    expect(when().props.value).toBe('own');
    when().trigger('onChange', 'form' as never);
    await eventually(() => expect(when().props.value).toBe('form'));
    pressInOverlay(page, 'Edit', 'Save', 2);
    await eventually(() => expect(bodies(server, 'PATCH')).toHaveLength(1));
    expect(bodies(server, 'PATCH')[0]!['design']).toEqual({});
  });

  it('leaves a question out and asks it again', async () => {
    const server = serverAt('check-flow');
    const page = renderSettings(server);
    await eventually(() => page.find(Dropdown));
    const items = page.find(Dropdown).findAll(Dropdown.ButtonItem);
    expect(items.map((item) => item.text)).toEqual(['Move down', 'Leave out']);
    items.at(-1)!.trigger('onClick');
    await seeText(page, 'Left out (1)');
    expect(server.state.flows[0]!.design.omitted).toEqual(['0-1/email']);
    press(page, 'Ask again');
    await eventually(() => expect(server.state.flows[0]!.design.omitted).toEqual([]));
  });

  it('opens the phone in a modal at the address that was made for this press', async () => {
    const page = renderSettings(serverAt('check-flow'));
    await seeText(page, 'Preview on a phone');
    press(page, 'Preview on a phone');
    await eventually(() => expect(page.mocks.actions.openIframeModal.callCount).toBe(1));
    expect(page.mocks.actions.openIframeModal.calls[0]![0]).toMatchObject({
      uri: 'https://flowella.example.com/preview/flw_nps',
    });
  });
});

describe('where answers go', () => {
  it('starts from the suggestions and saves them only when pressed', async () => {
    const server = serverAt('map-answers');
    const page = renderSettings(server);
    await seeText(page, 'Suggested: same name and type');
    expect(bodies(server, 'PATCH')).toHaveLength(0);
    press(page, 'Save and go on');
    await eventually(() => expect(currentStep(page)).toBe(4));
    expect(bodies(server, 'PATCH')[0]!['mapping']).toMatchObject({
      contact: {
        enabled: true,
        properties: [
          { question: '0-1/email', property: 'email', create: false },
          { question: '0-1/nps', property: 'flowella_nps', create: true },
        ],
      },
    });
  });

  it('takes another property or a new one for a question', async () => {
    const server = serverAt('map-answers');
    const page = renderSettings(server);
    await eventually(() => page.find(Select, { name: 'property-0-1/reason' }));
    const options = () => page.find(Select, { name: 'property-0-1/reason' }).props.options.map((one) => one.value);
    await eventually(() => expect(options()).toEqual(['', '+flowella_why', 'email']));
    page.find(Select, { name: 'property-0-1/reason' }).trigger('onChange', '+flowella_why' as never);
    await eventually(() =>
      expect(page.find(Select, { name: 'property-0-1/reason' }).props.value).toBe('+flowella_why'),
    );
    press(page, 'Save and go on');
    await eventually(() => expect(bodies(server, 'PATCH')).toHaveLength(1));
    expect(server.state.flows[0]!.mapping.contact.properties).toContainEqual({
      question: '0-1/reason',
      property: 'flowella_why',
      create: true,
    });
  });

  it('offers the KYC fields only when a KYC record is kept', async () => {
    const server = serverAt('map-answers');
    const page = renderSettings(server);
    await eventually(() => page.find(Toggle, { label: 'Keep a KYC record' }));
    expect(page.maybeFind(MultiSelect, { name: 'kyc-legalName' })).toBeNull();
    page.find(Toggle, { label: 'Keep a KYC record' }).trigger('onChange', true as never);
    await eventually(() => page.find(MultiSelect, { name: 'kyc-legalName' }));
    page.find(MultiSelect, { name: 'kyc-legalName' }).trigger('onChange', ['0-1/reason', '0-1/email'] as never);
    await eventually(() =>
      expect(page.find(MultiSelect, { name: 'kyc-legalName' }).props.value).toEqual(['0-1/reason', '0-1/email']),
    );
    press(page, 'Save and go on');
    await eventually(() => expect(bodies(server, 'PATCH')).toHaveLength(1));
    expect(server.state.flows[0]!.mapping.kycRecord).toEqual({
      enabled: true,
      home: 'contact',
      fields: { legalName: ['0-1/reason', '0-1/email'] },
    });
  });

  it('offers what the form works out like a question, but never as a day or a consent', async () => {
    const score = {
      question: 'computed/score',
      label: 'Score (worked out by the form)',
      suggestedProperty: 'flowella_score_customer_survey',
    };
    const flow = aFlow({ computed: [score] });
    flow.mapping.kycRecord = { enabled: true, home: 'contact', fields: {} };
    const server = serverAt('map-answers', flow);
    const page = renderSettings(server);
    await seeText(page, 'nobody is asked for them');
    const select = () => page.find(Select, { name: 'property-computed/score' });
    expect(select().props.label).toBe(score.label);
    await eventually(() =>
      expect(select().props.options.map((one) => one.value)).toEqual(['', `+${score.suggestedProperty}`, 'email']),
    );
    select().trigger('onChange', `+${score.suggestedProperty}` as never);
    await eventually(() => expect(select().props.value).toBe(`+${score.suggestedProperty}`));
    const offered = (name: string) => page.find(MultiSelect, { name }).props.options.map((one) => one.value);
    expect(offered('kyc-documentType')).toContain('computed/score');
    for (const name of ['kyc-birthDate', 'kyc-documentExpiry', 'kyc-consent'])
      expect(offered(name)).not.toContain('computed/score');
    press(page, 'Save and go on');
    await eventually(() => expect(bodies(server, 'PATCH')).toHaveLength(1));
    expect(server.state.flows[0]!.mapping.contact.properties).toContainEqual({
      question: 'computed/score',
      property: score.suggestedProperty,
      create: true,
    });
  });

  it('does not speak of what a form works out where it works out nothing', async () => {
    const page = renderSettings(serverAt('map-answers'));
    await seeText(page, 'Write answers to properties of the contact');
    expect(allText(page)).not.toContain('Worked out by the form');
  });

  it('says what the form cannot take, and offers no switch where nothing can be written back', async () => {
    const writeBack = { ...aFlow().writeBack, mode: 'none' as const, reasons: ['The form is archived.'] };
    const page = renderSettings(serverAt('map-answers', aFlow({ writeBack })));
    await seeText(page, 'The form is archived.');
    expect(page.find(Toggle, { label: 'Write the answers back into the form' }).props).toMatchObject({
      readOnly: true,
      checked: false,
    });
  });

  it('names what the server refuses by question', async () => {
    const mappingProblems = [
      { destination: 'contact', question: '0-1/nps', code: 'type', message: 'A number does not fit a date.' },
    ];
    const page = renderSettings(serverAt('map-answers', aFlow({ mappingProblems })));
    await seeText(page, 'Contact properties · How likely are you to recommend us? · A number does not fit a date.');
  });

  it('does not go on while the answers would reach nobody', async () => {
    const flow = aFlow();
    flow.mapping = {
      ...flow.mapping,
      formSubmission: { enabled: false },
      contact: { enabled: false, properties: [] },
      timeline: { enabled: false },
    };
    const page = renderSettings(serverAt('map-answers', { ...flow, suggestions: [] }));
    await seeText(page, 'the answers reach nobody');
    expect(button(page, 'Save and go on').props.disabled).toBe(true);
  });
});

describe('publishing', () => {
  it('says what will happen, publishes once, follows it, and opens the test when it is live', async () => {
    const server = serverAt('publish');
    const page = renderSettings(server);
    await seeText(page, 'What will happen');
    const release = server.hold('POST');
    press(page, 'Publish');
    press(page, 'Publish');
    release();
    await seeText(page, 'You can leave this page');
    expect(bodies(server, 'POST /api/flows/flw_nps/publish')).toHaveLength(1);
    Object.assign(server.state.flows[0]!, {
      state: 'published',
      publication: aPublication({ state: 'published', publishedAt: NOW }),
    });
    server.state.setup = { ...server.state.setup, nextStep: 'test' };
    await seeText(page, 'The flow is published.');
    press(page, 'Next');
    await eventually(() => expect(currentStep(page)).toBe(5));
  });

  it('shows Meta’s objections by question and leads to it', async () => {
    const publication = aPublication({
      state: 'failed',
      reason: 'Meta refused the screens.',
      problems: [
        { question: '0-1/nps', screen: null, code: 'INVALID_PROPERTY_VALUE', message: 'The label is too long.' },
      ],
    });
    const page = renderSettings(serverAt('publish', aFlow({ state: 'failed', publication })));
    await seeText(page, 'The label is too long.');
    expect(allText(page)).toContain('Meta refused the screens.');
    expect(page.find(Alert, { title: 'What Meta objects to' }).toString()).toContain(
      'How likely are you to recommend us?',
    );
    press(page, 'Go to the question');
    await eventually(() => expect(currentStep(page)).toBe(2));
  });

  it('shows publishing that was begun before the page was opened', async () => {
    const publication = aPublication({
      state: 'publishing',
      steps: [{ code: 'upload', state: 'running', message: '' }],
    });
    const page = renderSettings(serverAt('publish', aFlow({ state: 'publishing', publication })));
    await seeText(page, 'Upload the screens');
    expect(isWorking(page, 'Publish')).toBe(true);
  });

  it('follows a template until Meta has decided', async () => {
    const template = { name: 'flowella_nps', language: 'en', state: 'PENDING', reason: null, body: 'How was it?' };
    const flow = aFlow({ state: 'published', publication: aPublication({ state: 'published', template }) });
    const server = serverAt('publish', flow);
    const page = renderSettings(server);
    await seeText(page, 'waiting for Meta’s approval');
    server.state.flows[0]!.publication.template = { ...template, state: 'REJECTED', reason: 'It advertises.' };
    await seeText(page, 'It advertises.');
  });
});

describe('the test', () => {
  const live = () => aFlow({ state: 'published', publication: aPublication({ state: 'published' }) });

  it('asks for a number with country code before it sends anything', async () => {
    const server = serverAt('test', live());
    const page = renderSettings(server);
    await eventually(() => page.find(Input, { name: 'number' }));
    page.find(Form).trigger('onSubmit');
    await seeText(page, 'Enter a number with its country code.');
    expect(bodies(server, 'POST')).toHaveLength(0);
  });

  it('sends one test and then says that everything is set up', async () => {
    const server = serverAt('test', live());
    const page = renderSettings(server);
    await eventually(() => page.find(Input, { name: 'number' }));
    page.find(Input, { name: 'number' }).trigger('onInput', '+49 151 23456789' as never);
    await eventually(() => expect(page.find(Input, { name: 'number' }).props.value).toBe('+49 151 23456789'));
    page.find(Form).trigger('onSubmit');
    page.find(Form).trigger('onSubmit');
    await seeText(page, 'Everything is set up');
    expect(bodies(server, 'POST')).toEqual([expect.objectContaining({ to: '+49 151 23456789' })]);
  });

  it('leads to another form', async () => {
    const page = renderSettings(serverAt('done', live()));
    await seeText(page, 'Turn another form into a flow');
    press(page, 'Turn another form into a flow');
    await seeText(page, 'Last changed');
  });
});

describe('the other tabs', () => {
  it('open a flow for editing', async () => {
    const server = serverAt('done', aFlow({ state: 'published' }));
    const page = renderSettings(server);
    await eventually(() => page.find(Tabs));
    press(page, 'Open');
    await eventually(() => expect(currentStep(page)).toBe(2));
    expect(page.find(Tabs).props.selected).toBe('start');
  });

  it('read a flow anew when it is opened, also the one that is in work already', async () => {
    const server = serverAt('done', aFlow({ state: 'published' }));
    const page = renderSettings(server);
    const reads = () =>
      server.calls.filter((call) => call.method === 'GET' && /\/flows\/[^/]+$/.test(call.path)).length;
    await eventually(() => expect(reads()).toBe(1));
    for (const times of [2, 3]) {
      press(page, 'Open');
      await eventually(() => expect(reads()).toBe(times));
    }
  });

  it('show an account’s numbers and checks', async () => {
    const page = renderSettings(serverAt('done'));
    await seeText(page, '+49 30 901820');
    expect(allText(page)).toContain('Meta says that the key is valid.');
  });

  it('lead to the first step when nothing is there', async () => {
    const page = renderSettings(createFakeServer());
    await seeText(page, 'There is no flow yet');
    expect(allText(page)).toContain('No WhatsApp account is connected');
  });
});
