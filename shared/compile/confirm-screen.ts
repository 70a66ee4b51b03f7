import type { FlowComponent, FlowJson, FlowScreen } from '../flow-json/flow-json.ts';
import type { ConfirmIdentity } from '../form/design.ts';
import { flowWords } from '../flow-words/languages.ts';
import { NOTICE_SCREEN } from './build-flow-json.ts';
import { flowText, type FlowLanguage } from './flow-texts.ts';
import type { ProgramConfirmation } from './program.ts';

const CONFIRM_SCREEN = 'CONFIRM';
/** What the phone sends from that screen: none of it is an answer. `again` is the wish for another code. */
export const CONFIRM_INPUTS = { surname: 'surname', code: 'code', again: 'again' } as const;
/** Digits of a code. */
export const CODE_LENGTH = 6;

/** How the endpoint confirms who answers, as the design says. */
export function toConfirmation(wanted: ConfirmIdentity): ProgramConfirmation {
  return wanted.channel === 'email'
    ? { screen: CONFIRM_SCREEN, channel: 'email', webhookId: wanted.webhookId }
    : { screen: CONFIRM_SCREEN, channel: 'agent' };
}

/**
 * The same connected flow with one screen before all others, which asks for surname and code and shows nothing of anybody: no
 * value is bound to its fields, so that a redraw neither needs nor brings one.
 */
export function confirmFirst(
  flow: FlowJson,
  { confirmation, language, version }: { confirmation: ProgramConfirmation; language: FlowLanguage; version: string },
): FlowJson {
  const first = flow.screens[0]?.id;
  if (first === undefined || flow.routing_model === undefined) return flow;
  return {
    ...flow,
    routing_model: { [confirmation.screen]: [first, NOTICE_SCREEN], ...flow.routing_model },
    screens: [confirmScreen(confirmation, language, version), ...flow.screens],
  };
}

function confirmScreen(confirmation: ProgramConfirmation, language: FlowLanguage, version: string): FlowScreen {
  const { surname, code } = CONFIRM_INPUTS;
  const payload = { v: version, s: confirmation.screen };
  return {
    id: confirmation.screen,
    title: flowText(language, 'confirmTitle'),
    data: {
      text: { type: 'string', __example__: flowWords(language).confirm[confirmation.channel] },
      ask: { type: 'boolean', __example__: true },
    },
    sensitive: [surname, code],
    layout: {
      type: 'SingleColumnLayout',
      children: [
        {
          type: 'Form',
          name: 'screen_form',
          children: [
            { type: 'TextBody', text: '${data.text}' },
            field(surname, flowText(language, 'surname'), { 'input-type': 'text' }),
            field(code, flowText(language, 'code'), {
              'input-type': 'number',
              'min-chars': CODE_LENGTH,
              'max-chars': CODE_LENGTH,
              'helper-text': flowText(language, 'codeHelp'),
            }),
            ...againLink(confirmation, language, payload),
            {
              type: 'Footer',
              label: flowText(language, 'continue'),
              'on-click-action': {
                name: 'data_exchange',
                payload: { ...payload, [surname]: `\${form.${surname}}`, [code]: `\${form.${code}}` },
              },
            },
          ],
        },
      ],
    },
  };
}

/** Neither shown nor wanted once it is done, or may not be tried any more. */
function field(name: string, label: string, more: Omit<FlowComponent, 'type'>): FlowComponent {
  return { type: 'TextInput', name, label, ...more, required: '${data.ask}', visible: '${data.ask}' };
}

/** Only what we send ourselves can be asked for again here; a code of an agent's comes by telephone. */
function againLink(
  { channel }: ProgramConfirmation,
  language: FlowLanguage,
  payload: Record<string, string>,
): FlowComponent[] {
  if (channel !== 'email') return [];
  const action = { name: 'data_exchange', payload: { ...payload, [CONFIRM_INPUTS.again]: 'yes' } };
  return [
    {
      type: 'EmbeddedLink',
      text: flowText(language, 'codeAgain'),
      'on-click-action': action,
      visible: '${data.ask}',
    },
  ];
}
