import type { FlowComponent, FlowJson, FlowScreen, JsonValue } from '@flowella/shared/flow-json/flow-json.ts';

/** A square of one colour: a PNG of 1 by 1 pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const item = (id: string, title: string, more: Record<string, JsonValue> = {}): JsonValue => ({ id, title, ...more });

function screen(
  id: string,
  title: string,
  next: string | null,
  children: FlowComponent[],
  label = 'Continue',
): FlowScreen {
  const action: Record<string, JsonValue> =
    next === null
      ? { name: 'complete', payload: { done: 'yes' } }
      : { name: 'navigate', next: { type: 'screen', name: next }, payload: {} };
  const footer = { type: 'Footer', label, 'on-click-action': action };
  return {
    id,
    title,
    ...(next === null ? { terminal: true } : {}),
    layout: { type: 'SingleColumnLayout' as const, children: [...children, footer] },
  };
}

/** A flow with every component of Flow JSON 7.3, for looking at. */
export const demoFlow: FlowJson = {
  version: '7.3',
  screens: [
    screen('ABOUT_YOU', 'Check-up booking', 'CHOICES', [
      { type: 'TextHeading', text: 'Tell us about yourself' },
      { type: 'TextBody', text: 'We use this to prepare your visit. It takes about *two minutes*.', markdown: true },
      { type: 'TextInput', name: 'name', label: 'Full name', required: true },
      {
        type: 'TextInput',
        name: 'email',
        label: 'Email',
        'input-type': 'email',
        required: true,
        'helper-text': 'We send the receipt here',
      },
      { type: 'TextInput', name: 'pin', label: 'Access code', 'input-type': 'passcode', 'max-chars': 6 },
      { type: 'DatePicker', name: 'birth', label: 'Date of birth', required: true, 'max-date': '2010-12-31' },
      {
        type: 'Dropdown',
        name: 'country',
        label: 'Country',
        required: true,
        'data-source': [
          item('DE', 'Germany'),
          item('PE', 'Peru', { description: 'Lima and Cusco only' }),
          item('IN', 'India'),
        ],
      },
      { type: 'TextArea', name: 'notes', label: 'Anything else?', 'helper-text': 'Allergies, access, languages' },
    ]),
    screen('CHOICES', 'What do you need?', 'MORE', [
      { type: 'TextSubheading', text: 'Your visit' },
      {
        type: 'RadioButtonsGroup',
        name: 'kind',
        label: 'Kind of check-up',
        required: true,
        'data-source': [
          item('basic', 'Basic', { description: 'Blood pressure, weight, a talk' }),
          item('full', 'Full', { description: 'Everything in Basic and a blood test', metadata: '€ 89' }),
          item('none', 'Not sure yet', { enabled: false }),
        ],
      },
      {
        type: 'CheckboxGroup',
        name: 'extras',
        label: 'Add to it',
        description: 'Choose up to two.',
        'max-selected-items': 2,
        'data-source': [
          item('eye', 'Eye test', { color: '#7b61ff' }),
          item('ear', 'Hearing test', { color: '#ff7a59' }),
          item('skin', 'Skin', { image: PIXEL, 'alt-text': 'Red square' }),
        ],
      },
      {
        type: 'ChipsSelector',
        name: 'times',
        label: 'When suits you?',
        'data-source': [
          item('am', 'Morning'),
          item('noon', 'Around noon'),
          item('pm', 'Afternoon'),
          item('eve', 'Evening'),
        ],
      },
      {
        type: 'OptIn',
        name: 'terms',
        label: 'I agree to the terms of the practice',
        required: true,
        'on-click-action': { name: 'open_url', url: 'https://example.com/terms' },
      },
    ]),
    screen('MORE', 'Day and papers', 'LIST', [
      {
        type: 'CalendarPicker',
        name: 'day',
        label: 'Day of your visit',
        required: true,
        'include-days': ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'],
        'min-date': '2026-11-24',
        'max-date': '2027-03-31',
      },
      {
        type: 'CalendarPicker',
        mode: 'range',
        name: 'away',
        title: 'When are you away?',
        label: { 'start-date': 'From', 'end-date': 'To' },
      },
      {
        type: 'PhotoPicker',
        name: 'card',
        label: 'Insurance card',
        description: 'Front and back',
        'max-uploaded-photos': 2,
        'max-file-size-kb': 2048,
      },
      {
        type: 'EmbeddedLink',
        text: 'Why we ask',
        'on-click-action': { name: 'open_url', url: 'https://example.com/why' },
      },
    ]),
    {
      id: 'LIST',
      title: 'Choose a practice',
      layout: {
        type: 'SingleColumnLayout',
        children: [
          {
            type: 'NavigationList',
            name: 'places',
            label: 'Near you',
            description: 'Open on the day you chose',
            'list-items': [
              {
                id: 'a',
                'main-content': { title: 'Old town', description: 'Dr. Ana Ruiz', metadata: 'Market square 3' },
                start: { image: PIXEL, 'alt-text': 'Front of the house' },
                end: { title: '9:20', description: '1.2 km' },
                badge: 'New',
                tags: ['Lift', 'Parking'],
                'on-click-action': { name: 'navigate', next: { type: 'screen', name: 'CONFIRM' }, payload: {} },
              },
              {
                id: 'b',
                'main-content': { title: 'Station', description: 'Dr. Omar Said' },
                end: { title: '10:00', description: '2.8 km' },
                'on-click-action': { name: 'navigate', next: { type: 'screen', name: 'CONFIRM' }, payload: {} },
              },
            ],
          },
        ],
      },
    },
    {
      ...screen(
        'CONFIRM',
        'Confirm',
        null,
        [
          {
            type: 'RichText',
            text: [
              '# Almost done',
              'Please **check** your booking, ~~Monday~~ *Tuesday*:',
              '- Bring your card',
              '- Come five minutes early',
              '| What | Price |\n|---|---|\n| Check-up | € 89 |\n| Eye test | € 20 |',
              'Questions? [Write to us](https://example.com/)',
            ],
          },
        ],
        'Book it',
      ),
      sensitive: ['name'],
    },
  ],
};

/** A connected flow whose endpoint finds fault with the first answer. */
export const connectedFlow: FlowJson = {
  version: '7.3',
  data_api_version: '3.0',
  routing_model: { START: ['DETAILS'], DETAILS: [] },
  screens: ['START', 'DETAILS'].map((id): FlowScreen => ({
    id,
    title: id === 'START' ? 'Update your details' : 'Your address',
    ...(id === 'DETAILS' ? { terminal: true } : {}),
    data: {
      init: { type: 'object', properties: { email: { type: 'string' }, city: { type: 'string' } }, __example__: {} },
      errors: { type: 'object', properties: { email: { type: 'string' } }, __example__: {} },
    },
    layout: {
      type: 'SingleColumnLayout',
      children: [
        {
          type: 'Form',
          name: 'form',
          'init-values': '${data.init}',
          'error-messages': '${data.errors}',
          children: [
            { type: 'TextBody', text: id === 'START' ? 'Is this still your email?' : 'Where do you live now?' },
            id === 'START'
              ? { type: 'TextInput', name: 'email', label: 'Email', required: true }
              : { type: 'TextInput', name: 'city', label: 'City', required: true },
            {
              type: 'Footer',
              label: id === 'START' ? 'Next' : 'Save',
              'left-caption': id === 'START' ? 'Step 1' : 'Step 2',
              'right-caption': 'of 2',
              'on-click-action': {
                name: 'data_exchange',
                payload: id === 'START' ? { email: '${form.email}' } : { city: '${form.city}' },
              },
            },
          ],
        },
      ],
    },
  })),
};

/** Right to left. */
export const arabicFlow: FlowJson = {
  version: '7.3',
  screens: [
    screen(
      'ONLY',
      'تحديث بياناتك',
      null,
      [
        { type: 'TextHeading', text: 'مرحبا بك' },
        { type: 'TextBody', text: 'يرجى ملء هذا النموذج القصير.' },
        { type: 'TextInput', name: 'name', label: 'الاسم الكامل', required: true, 'helper-text': 'كما في الهوية' },
        {
          type: 'RadioButtonsGroup',
          name: 'r',
          label: 'كيف نتواصل معك؟',
          'data-source': [item('a', 'واتساب', { description: 'الأسرع' }), item('b', 'بريد إلكتروني')],
        },
      ],
      'إرسال',
    ),
  ],
};
