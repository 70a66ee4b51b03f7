/**
 * Flows in the style of what businesses and Meta's guides publish: one small flow per component and per way of building,
 * each with the versions it is legal in. Texts are ours.
 */
type Json = Record<string, unknown>;
export type Published = { title: string; since: string; flow: Json };

const layout = (...children: unknown[]) => ({ type: 'SingleColumnLayout', children });
const string = (example = 'Example') => ({ type: 'string', __example__: example });
const boolean = (example = true) => ({ type: 'boolean', __example__: example });
const array = (properties: Json, example: unknown[]) => ({
  type: 'array',
  items: { type: 'object', properties },
  __example__: example,
});
const idTitle = { id: { type: 'string' }, title: { type: 'string' } };
const exchange = (payload: Json = {}) => ({ name: 'data_exchange', payload });
const complete = (payload: Json = {}) => ({ name: 'complete', payload });
const navigate = (name: string, payload: Json = {}) => ({ name: 'navigate', next: { type: 'screen', name }, payload });
const footer = (action: Json, label = 'Continue') => ({ type: 'Footer', label, 'on-click-action': action });
const form = (...children: unknown[]) => ({ type: 'Form', name: 'flow_path', children });

/** One screen that asks the endpoint, with the empty routing model of Meta's playground. */
const demo = (children: unknown[], data: Json | null = {}, more: Json = {}): Json => ({
  data_api_version: '3.0',
  routing_model: {},
  screens: [
    {
      id: 'DEMO_SCREEN',
      terminal: true,
      title: 'Demo screen',
      ...(data === null ? {} : { data }),
      layout: layout(...children),
      ...more,
    },
  ],
});

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=';

const COUNTRIES = [
  { id: '1', title: 'Norland', states: [{ id: 'nl_n', title: 'North' }] },
  { id: '2', title: 'Sudland', states: [{ id: 'sl_s', title: 'South' }] },
];

export const PUBLISHED: Published[] = [
  {
    title: 'a hello screen with an empty data model',
    since: '5.1',
    flow: {
      screens: [
        {
          id: 'WELCOME_SCREEN',
          layout: layout(
            { type: 'TextHeading', text: 'Hello World' },
            { type: 'TextBody', text: "Let's start building things!" },
            footer(complete(), 'Complete'),
          ),
          title: 'Welcome',
          terminal: true,
          success: true,
          data: {},
        },
      ],
    },
  },
  {
    title: 'every kind of text input, with names of several words',
    since: '6.2',
    flow: demo([
      {
        ...form(
          { type: 'TextInput', required: true, label: 'Text Input', name: 'text input' },
          { type: 'TextInput', required: true, label: 'Number Input', 'input-type': 'number', name: 'number input' },
          { type: 'TextInput', label: 'Email Input', 'input-type': 'email', name: 'email input' },
          { type: 'TextInput', label: 'Phone Input', 'input-type': 'phone', name: 'phone input' },
          { type: 'TextInput', label: 'Password', 'input-type': 'password', name: 'password input' },
          {
            type: 'TextInput',
            label: 'Passcode',
            pattern: '007',
            'input-type': 'passcode',
            name: 'code',
            'helper-text': 'Has: 007',
          },
          {
            type: 'TextInput',
            label: 'Date of birth',
            pattern: '^(19|20)\\d\\d-(0[1-9]|1[012])-(0[1-9]|[12][0-9]|3[01])$',
            'helper-text': 'E.g. 1993-08-04',
            name: 'regex input',
          },
          { type: 'TextArea', required: true, label: 'Text Area', name: 'text area', 'max-length': 300 },
          footer(complete()),
        ),
        'init-values': { 'text input': 'This is text input', 'text area': 'This is text area' },
      },
    ]),
  },
  {
    title: 'options from the data that ask the endpoint when chosen',
    since: '5.1',
    flow: demo(
      [
        form(
          ...['CheckboxGroup', 'RadioButtonsGroup', 'Dropdown'].map((type) => ({
            type,
            name: type,
            label: 'Extras:',
            ...(type === 'Dropdown' ? {} : { description: 'Pick something to go with your meal' }),
            required: true,
            'data-source': '${data.all_extras}',
            'on-select-action': exchange({ extras: `\${form.${type}}` }),
          })),
          footer(exchange()),
        ),
      ],
      {
        all_extras: array(
          { ...idTitle, description: { type: 'string' }, metadata: { type: 'string' }, enabled: { type: 'boolean' } },
          [
            { id: '1_fries', title: 'Fries', description: 'With salt', metadata: '$1.99', enabled: true },
            { id: '2_slaw', title: 'Coleslaw', description: 'Home made', metadata: '$2.49', enabled: false },
          ],
        ),
      },
    ),
  },
  {
    title: 'a data model with required lists inside and beside its fields',
    since: '5.1',
    flow: {
      screens: [
        {
          id: 'screen_one',
          title: 'Request',
          terminal: true,
          data: {
            kinds: {
              type: 'array',
              items: { type: 'object', properties: idTitle, required: ['id', 'title'] },
              __example__: [{ id: '1', title: 'Laptops' }],
            },
          },
          layout: layout(
            form(
              { type: 'Dropdown', label: 'Category', required: true, name: 'kind', 'data-source': '${data.kinds}' },
              { type: 'OptIn', label: 'permanent request', name: 'permanent', required: false },
              footer(complete({ kind: '${form.kind}', permanent: '${form.permanent}', type: 'request' }), 'Save'),
            ),
          ),
        },
      ],
    },
  },
  {
    title: 'a date asks for free hours, which show when they are there',
    since: '5.1',
    flow: demo(
      [
        form(
          {
            type: 'DatePicker',
            label: 'Select a date',
            name: 'date',
            'min-date': '2024-10-21',
            'max-date': '2024-11-12',
            'unavailable-dates': ['2024-10-28', '2024-11-01'],
            'on-select-action': exchange({ date: '${form.date}', component_action: 'update_date' }),
          },
          {
            type: 'Dropdown',
            label: 'Pick a slot',
            name: 'slot',
            'data-source': '${data.available_slots}',
            visible: '${data.is_dropdown_visible}',
          },
          footer(exchange({ date: '${form.date}', slot: '${form.slot}' })),
        ),
      ],
      {
        is_dropdown_visible: boolean(false),
        available_slots: array(idTitle, [{ id: '1', title: '08:00' }]),
      },
    ),
  },
  {
    title: 'a calendar for one day without a data model',
    since: '6.1',
    flow: demo(
      [
        {
          type: 'CalendarPicker',
          name: 'calendar',
          label: 'Single date',
          'helper-text': 'Select a date',
          required: true,
          mode: 'single',
          'min-date': '2024-10-21',
          'max-date': '2025-12-12',
          'unavailable-dates': ['2024-11-28', '2024-11-01'],
          'include-days': ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'],
          'init-value': '2024-10-23',
          'on-select-action': exchange({ calendar: '${form.calendar}' }),
        },
        footer(complete()),
      ],
      null,
    ),
  },
  {
    title: 'a calendar for a range of days',
    since: '6.1',
    flow: demo([
      {
        type: 'CalendarPicker',
        name: 'calendar_range',
        title: 'Range calendar',
        description: 'Use this to select a date range',
        label: { 'start-date': 'Start date', 'end-date': 'End date' },
        'helper-text': { 'start-date': 'Select from date', 'end-date': 'Select to date' },
        required: { 'start-date': true, 'end-date': false },
        mode: 'range',
        'min-date': '2024-10-21',
        'max-date': '2025-12-12',
        'min-days': 3,
        'max-days': 10,
        'init-value': { 'start-date': '2024-10-22', 'end-date': '2024-10-25' },
        'on-select-action': exchange({ calendar_range: '${form.calendar_range}' }),
      },
      footer(complete()),
    ]),
  },
  {
    title: 'a list of offers whose items lead to different screens',
    since: '6.2',
    flow: {
      screens: [
        {
          id: 'FIRST_SCREEN',
          title: 'Our offers',
          data: {},
          layout: layout({
            type: 'NavigationList',
            name: 'insurances',
            'list-items': [
              {
                id: 'home',
                'main-content': {
                  title: 'Home Insurance',
                  metadata: 'Safeguard your home against storms, theft, accidents and whatever else may come',
                },
                end: { title: '$100', description: '/ month' },
                'on-click-action': navigate('SECOND_SCREEN'),
              },
              {
                id: 'dream',
                'main-content': { title: 'Dream Loss Insurance', description: 'For heavy sleepers' },
                start: { image: PIXEL, 'alt-text': 'A cloud' },
                badge: 'New',
                tags: ['Home', 'Night'],
                'on-click-action': navigate('THIRD_SCREEN', { name: 'dream' }),
              },
            ],
          }),
        },
        { id: 'SECOND_SCREEN', title: 'Home', terminal: true, layout: layout(footer(complete())) },
        {
          id: 'THIRD_SCREEN',
          title: 'Dream',
          terminal: true,
          data: { name: string() },
          layout: layout({ type: 'TextBody', text: '${data.name}' }, footer(complete({ name: '${data.name}' }))),
        },
      ],
    },
  },
  {
    title: 'a list of offers from the endpoint with one action for all',
    since: '6.2',
    flow: {
      data_api_version: '3.0',
      routing_model: { OFFERS: ['CONTRACT'], CONTRACT: [] },
      screens: [
        {
          id: 'OFFERS',
          title: 'Our offers',
          data: {
            insurances: array(
              {
                id: { type: 'string' },
                'main-content': {
                  type: 'object',
                  properties: { title: { type: 'string' }, metadata: { type: 'string' } },
                },
                end: { type: 'object', properties: { title: { type: 'string' }, description: { type: 'string' } } },
                badge: { type: 'string' },
                tags: { type: 'array', items: { type: 'string' } },
              },
              [{ id: 'home', 'main-content': { title: 'Home', metadata: 'All in' }, tags: ['Popular'] }],
            ),
          },
          layout: layout({
            type: 'NavigationList',
            name: 'insurances',
            'list-items': '${data.insurances}',
            'on-click-action': exchange({ selection: '${form.insurances}' }),
          }),
        },
        {
          id: 'CONTRACT',
          title: 'Contract',
          terminal: true,
          data: { ok: boolean() },
          layout: layout({ type: 'TextBody', text: 'Terms', visible: '${data.ok}' }, footer(exchange())),
        },
      ],
    },
  },
  {
    title: 'chips to choose interests from',
    since: '6.3',
    flow: demo([
      {
        type: 'ChipsSelector',
        name: 'chips',
        label: 'Personalize your experience',
        description: 'Choose your interests to get personalized design ideas and solution',
        'max-selected-items': 2,
        'data-source': ['room_layout', 'lighting', 'renovation'].map((id) => ({ id, title: `🏡 ${id}` })),
      },
      footer(complete({ chips: '${form.chips}' })),
    ]),
  },
  {
    title: 'photos for the endpoint in the routing model of one screen',
    since: '5.1',
    flow: {
      data_api_version: '3.0',
      routing_model: { FIRST: [] },
      screens: [
        {
          id: 'FIRST',
          title: 'Photo Picker Example',
          terminal: true,
          data: {},
          layout: layout(
            form(
              {
                type: 'PhotoPicker',
                name: 'photo_picker',
                label: 'Upload photos',
                description: 'Please attach images about the received items',
                'photo-source': 'camera_gallery',
                'min-uploaded-photos': 1,
                'max-uploaded-photos': 10,
                'max-file-size-kb': 10_240,
              },
              footer(exchange({ images: '${form.photo_picker}' }), 'Submit'),
            ),
          ),
        },
      ],
    },
  },
  {
    title: 'a document in the answer of a flow without endpoint',
    since: '5.1',
    flow: {
      screens: [
        {
          id: 'SECOND',
          terminal: true,
          title: 'Document Picker Example',
          data: {},
          layout: layout(
            form(
              {
                type: 'DocumentPicker',
                name: 'document_picker',
                label: 'Contract',
                description: 'Attach the signed copy of the contract',
                'min-uploaded-documents': 1,
                'max-uploaded-documents': 1,
                'max-file-size-kb': 1024,
                'allowed-mime-types': ['image/jpeg', 'application/pdf'],
              },
              footer(complete({ documents: '${form.document_picker}' }), 'Submit'),
            ),
          ),
        },
      ],
    },
  },
  {
    title: 'choices that bring other choices at once',
    since: '6.0',
    flow: {
      screens: [
        {
          id: 'ADDRESS',
          title: 'Address',
          terminal: true,
          data: {
            states: array(idTitle, [{ id: 'nl_n', title: 'North' }]),
            is_state_visible: boolean(false),
          },
          layout: layout(
            form(
              {
                type: 'RadioButtonsGroup',
                name: 'country',
                label: 'Select country:',
                'data-source': COUNTRIES.map(({ id, title, states }) => ({
                  id,
                  title,
                  'on-select-action': { name: 'update_data', payload: { states, is_state_visible: true } },
                  'on-unselect-action': { name: 'update_data', payload: { states: [], is_state_visible: false } },
                })),
              },
              {
                type: 'Dropdown',
                name: 'state',
                label: 'State',
                visible: '${data.is_state_visible}',
                'data-source': '${data.states}',
              },
              footer(complete({ country: '${form.country}', state: '${form.state}' }), 'Complete'),
            ),
          ),
        },
      ],
    },
  },
  {
    title: 'answers of earlier and later screens without any payload',
    since: '5.1',
    flow: {
      screens: [
        {
          id: 'SELECT_SERVICES',
          title: 'Services',
          layout: layout(
            {
              type: 'CheckboxGroup',
              name: 'services',
              label: 'Services',
              'data-source': [
                { id: 'a', title: 'A' },
                { id: 'b', title: 'B' },
              ],
            },
            {
              type: 'If',
              condition: "${screen.SELECT_INSURANCE.form.insurance} != ''",
              then: [
                {
                  type: 'Switch',
                  value: '${screen.SELECT_INSURANCE.form.insurance}',
                  cases: {
                    basic: [{ type: 'TextBody', text: 'You have selected the basic insurance' }],
                    full: [{ type: 'TextBody', text: 'You have selected the full insurance' }],
                  },
                },
              ],
              else: [{ type: 'TextBody', text: "You haven't selected any insurance type" }],
            },
            footer(navigate('SELECT_INSURANCE')),
          ),
        },
        {
          id: 'SELECT_INSURANCE',
          title: 'Insurance',
          terminal: true,
          layout: layout(
            {
              type: 'RadioButtonsGroup',
              name: 'insurance',
              label: 'Insurance',
              'data-source': [
                { id: 'basic', title: 'Basic' },
                { id: 'full', title: 'Full' },
              ],
            },
            footer(complete({ all: '${screen.SELECT_SERVICES.form.services}', one: '${form.insurance}' })),
          ),
        },
      ],
    },
  },
  {
    title: 'errors and first values from the endpoint, with and without a Form',
    since: '5.1',
    flow: {
      data_api_version: '3.0',
      routing_model: { SIGN_IN: ['SIGN_UP'], SIGN_UP: ['END'], END: [] },
      screens: [
        {
          id: 'SIGN_IN',
          title: 'Sign in',
          data: {
            init_values: {
              type: 'object',
              properties: { email: { type: 'string' } },
              __example__: { email: 'a@b.de' },
            },
            error_messages: { type: 'object', properties: { email: { type: 'string' } }, __example__: {} },
          },
          layout: layout({
            ...form(
              { type: 'TextInput', name: 'email', label: 'Email', 'input-type': 'email', required: true },
              { type: 'EmbeddedLink', text: 'Forgot password', 'on-click-action': exchange({ forgot: true }) },
              footer(exchange({ email: '${form.email}' }), 'Sign in'),
            ),
            'init-values': { email: '${data.init_values.email}' },
            'error-messages': { email: '${data.error_messages.email}' },
          }),
        },
        {
          id: 'SIGN_UP',
          title: 'Sign up',
          refresh_on_back: true,
          sensitive: ['email'],
          data: { init: string('a@b.de'), error: string('Email is not valid') },
          layout: layout(
            {
              type: 'TextInput',
              name: 'email',
              label: 'Email',
              'init-value': '${data.init}',
              'error-message': '${data.error}',
              'min-chars': 6,
            },
            { type: 'OptIn', name: 'terms', label: 'I agree with the terms.', required: true },
            footer(exchange({ email: '${form.email}', terms: '${form.terms}' })),
          ),
        },
        {
          id: 'END',
          title: 'Finish',
          terminal: true,
          layout: layout(
            { type: 'TextCaption', text: 'Thank you.\n\n' },
            { type: 'Footer', label: 'Done', 'on-click-action': { name: 'complete' } },
          ),
        },
      ],
    },
  },
  {
    title: 'expressions as in the page on Flow JSON',
    since: '6.0',
    flow: {
      screens: [
        {
          id: 'EXPRESSIONS',
          title: 'Expressions',
          terminal: true,
          data: { total: { type: 'number', __example__: 100 } },
          layout: layout(
            { type: 'TextInput', name: 'first_name', label: 'First name' },
            { type: 'TextInput', name: 'last_name', label: 'Last name' },
            { type: 'TextInput', name: 'age', label: 'Age', 'input-type': 'number' },
            { type: 'TextInput', name: 'group_size', label: 'Group size', 'input-type': 'number' },
            { type: 'OptIn', name: 'accept', label: 'I accept' },
            { type: 'TextBody', text: 'Names differ', visible: '`${form.first_name} == ${form.last_name}`' },
            { type: 'TextBody', text: 'Not accepted', visible: '`${form.accept} != true`' },
            { type: 'TextBody', text: 'Above 18', visible: '`(${form.age} > 18) && ${form.accept}`' },
            {
              type: 'TextBody',
              text: 'One name',
              visible: "`(${form.first_name} != '') || (${form.last_name} != '')`",
            },
            { type: 'TextBody', text: "`'Hello ' ${form.first_name}`" },
            { type: 'TextBody', text: "`${form.first_name} ' you are ' ${form.age} ' years old.'`" },
            { type: 'TextBody', text: "`'Born on either ' (2024 - ${form.age}) ' or ' (2023 - ${form.age})`" },
            { type: 'TextBody', text: "`'The amount per person is: ' ${data.total} / ${form.group_size}`" },
            { type: 'TextBody', text: "`'This is an example for Ana\\`s house.'`" },
            footer(complete()),
          ),
        },
      ],
    },
  },
  {
    title: 'images in options, a picture and a carousel',
    since: '7.1',
    flow: demo([
      { type: 'Image', src: PIXEL, height: 400, 'scale-type': 'cover' },
      {
        type: 'ImageCarousel',
        'scale-type': 'contain',
        images: [
          { src: PIXEL, 'alt-text': 'Landscape image' },
          { src: PIXEL, 'alt-text': 'Square image' },
        ],
      },
      {
        type: 'RadioButtonsGroup',
        name: 'color',
        label: 'Label',
        'media-size': 'large',
        'data-source': [
          { id: 'a', title: 'A', image: PIXEL, 'alt-text': 'A' },
          { id: 'b', title: 'B' },
        ],
      },
      {
        type: 'Footer',
        label: 'Continue',
        'left-caption': 'left',
        'right-caption': 'right',
        'on-click-action': exchange({ color: '${form.color}' }),
      },
    ]),
  },
  {
    title: 'a routing model without an endpoint, and large labels',
    since: '7.0',
    flow: {
      routing_model: { START: ['CONFIRM'], CONFIRM: [] },
      screens: [
        {
          id: 'START',
          title: 'Start your order',
          layout: layout(
            form(
              {
                type: 'TextArea',
                name: 'list',
                label: 'What should we buy for you and when do you need it?',
                'label-variant': 'large',
                required: true,
              },
              footer(navigate('CONFIRM', { list: '${form.list}' })),
            ),
          ),
        },
        {
          id: 'CONFIRM',
          title: 'Confirm',
          terminal: true,
          data: { list: string() },
          layout: layout(form({ type: 'TextBody', text: '${data.list}' }, footer(complete({ list: '${data.list}' })))),
        },
      ],
    },
  },
];
