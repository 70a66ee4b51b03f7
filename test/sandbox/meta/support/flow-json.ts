/** A light flow whose entry screen declares data. */
export function lightFlow(title = 'Your name'): Record<string, unknown> {
  return {
    version: '7.3',
    screens: [
      {
        id: 'NAME',
        title,
        terminal: true,
        data: { hello: { type: 'string', __example__: 'Hello Anna' } },
        layout: {
          type: 'SingleColumnLayout',
          children: [
            { type: 'TextBody', text: '${data.hello}' },
            { type: 'TextInput', name: 'name', label: 'Name', required: true },
            {
              type: 'Footer',
              label: 'Send',
              'on-click-action': { name: 'complete', payload: { name: '${form.name}' } },
            },
          ],
        },
      },
    ],
  };
}

/** A connected flow of two screens. */
export function connectedFlow(): Record<string, unknown> {
  const screen = (id: string, isLast: boolean): Record<string, unknown> => ({
    id,
    title: id,
    ...(isLast ? { terminal: true } : {}),
    data: {},
    layout: {
      type: 'SingleColumnLayout',
      children: [
        { type: 'TextInput', name: 'value', label: 'Value', required: true },
        {
          type: 'Footer',
          label: 'Next',
          'on-click-action': { name: 'data_exchange', payload: { value: '${form.value}' } },
        },
      ],
    },
  });
  return {
    version: '7.3',
    data_api_version: '3.0',
    routing_model: { FIRST: ['LAST'], LAST: [] },
    screens: [screen('FIRST', false), screen('LAST', true)],
  };
}
