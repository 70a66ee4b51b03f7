import type { FlowMessage } from '@flowella/shared/contract/api.ts';
import { recipientFields, type Recipient } from './recipient.ts';

/** How the button opens the flow: the endpoint answers INIT, or the phone shows `screen` with `data` (flow-rules.md section 3). */
export type FlowOpening =
  { kind: 'data_exchange' } | { kind: 'navigate'; screen: string; data: Record<string, unknown> | null };

type Envelope = { recipient: Recipient; sendId: string };

function envelope(o: Envelope): Record<string, unknown> {
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...recipientFields(o.recipient),
    // Comes back with every status: the only way to find a message whose id was lost (flow-rules.md section 7).
    biz_opaque_callback_data: o.sendId,
  };
}

/** A flow message inside the 24-hour window (whatsapp-flows.md section 9.1). */
export function interactiveMessage(
  o: Envelope & { token: string; message: FlowMessage; metaFlowId: string; opening: FlowOpening },
): Record<string, unknown> {
  const { message, opening } = o;
  return {
    ...envelope(o),
    type: 'interactive',
    interactive: {
      type: 'flow',
      ...(message.header ? { header: { type: 'text', text: message.header } } : {}),
      body: { text: message.body },
      ...(message.footer ? { footer: { text: message.footer } } : {}),
      action: {
        name: 'flow',
        parameters: {
          flow_message_version: '3',
          flow_id: o.metaFlowId,
          flow_cta: message.button,
          flow_token: o.token,
          flow_action: opening.kind,
          ...(opening.kind === 'navigate'
            ? {
                flow_action_payload: {
                  screen: opening.screen,
                  ...(hasData(opening.data) ? { data: opening.data } : {}),
                },
              }
            : {}),
        },
      },
    },
  };
}

/** A template with a FLOW button, outside the window (whatsapp-flows.md section 9.2). */
export function templateMessage(
  o: Envelope & { token: string; template: { name: string; language: string }; opening: FlowOpening },
): Record<string, unknown> {
  const data = o.opening.kind === 'navigate' && hasData(o.opening.data) ? o.opening.data : null;
  return {
    ...envelope(o),
    type: 'template',
    template: {
      name: o.template.name,
      language: { code: o.template.language },
      components: [
        {
          type: 'button',
          sub_type: 'flow',
          index: '0',
          parameters: [
            { type: 'action', action: { flow_token: o.token, ...(data ? { flow_action_data: data } : {}) } },
          ],
        },
      ],
    },
  };
}

/** A text with one button that opens an address, inside the 24-hour window (Cloud API, *Interactive call-to-action URL button*). */
export function linkMessage(o: Envelope & { body: string; button: string; link: string }): Record<string, unknown> {
  return {
    ...envelope(o),
    type: 'interactive',
    interactive: {
      type: 'cta_url',
      body: { text: o.body },
      action: { name: 'cta_url', parameters: { display_text: o.button, url: o.link } },
    },
  };
}

/**
 * A text with a button that opens a list of rows, of which one can be tapped, inside the 24-hour window (Cloud API, *Interactive list
 * messages*).
 */
export function listMessage(
  o: Envelope & {
    body: string;
    button: string;
    sections: readonly { title: string; rows: readonly { id: string; title: string; description: string }[] }[];
  },
): Record<string, unknown> {
  return {
    ...envelope(o),
    type: 'interactive',
    interactive: { type: 'list', body: { text: o.body }, action: { button: o.button, sections: o.sections } },
  };
}

/** The customer's own template, whose body's one variable is the address, outside the window. */
export function linkTemplateMessage(
  o: Envelope & { template: { name: string; language: string }; link: string },
): Record<string, unknown> {
  return {
    ...envelope(o),
    type: 'template',
    template: {
      name: o.template.name,
      language: { code: o.template.language },
      components: [{ type: 'body', parameters: [{ type: 'text', text: o.link }] }],
    },
  };
}

/** Meta refuses an empty object. */
function hasData(data: Record<string, unknown> | null): data is Record<string, unknown> {
  return data !== null && Object.keys(data).length > 0;
}
