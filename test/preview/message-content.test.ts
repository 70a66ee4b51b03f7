import { expect, test } from 'vitest';
import { messageContent } from '../../server/preview/phone/message-content.ts';
import type { ChatMessage } from '../../server/preview/phone/stand-in-client.ts';

const message = (url: string): ChatMessage => ({
  n: 1,
  id: 'wamid.1',
  from: '1',
  to: '2',
  timestamp: '0',
  direction: 'out',
  type: 'interactive',
  statuses: [],
  interactive: {
    type: 'cta_url',
    body: { text: 'Please confirm your identity.' },
    action: { name: 'cta_url', parameters: { display_text: 'Confirm identity', url } },
  },
});

test('a message with a link shows its text and a button that opens the address', () => {
  expect(messageContent(message('https://withpersona.com/verify?code=1'))).toMatchObject({
    kind: 'message',
    body: 'Please confirm your identity.',
    buttons: [],
    flow: null,
    link: { text: 'Confirm identity', url: 'https://withpersona.com/verify?code=1' },
  });
});

test.each(['javascript:alert(1)', 'data:text/html,x', '', ' https://x'])('%j is behind no button', (url) => {
  expect(messageContent(message(url))).toMatchObject({ link: null });
});

test('a list shows its button and its rows by section, and a tapped row what it said', () => {
  const list = {
    type: 'list',
    body: { text: 'Please choose another one:' },
    action: {
      button: 'Choose a time',
      sections: [{ title: 'Monday', rows: [{ id: 'a.0', title: '09:00', description: 'Mon 1 March' }] }],
    },
  };
  expect(messageContent({ ...message(''), interactive: list })).toMatchObject({
    kind: 'message',
    body: 'Please choose another one:',
    buttons: [],
    link: null,
    list: { button: 'Choose a time', sections: list.action.sections },
  });
  const tapped = { type: 'list_reply', list_reply: { id: 'a.0', title: '09:00', description: 'Mon 1 March' } };
  expect(messageContent({ ...message(''), direction: 'in', interactive: tapped })).toEqual({
    kind: 'text',
    text: '09:00\nMon 1 March',
  });
});
