import type { Waba } from '../accounts/accounts.ts';
import { messageError } from '../graph-error.ts';
import { buttonsOf, componentOf, flowButtonOf, variablesOf } from '../templates/template-components.ts';
import { findTranslation, type Template } from '../templates/template-store.ts';
import type { World } from '../world.ts';
import type { TemplateSend, TemplateSendComponent } from './message-schema.ts';
import { prepareTemplateFlow, type PreparedFlow } from './prepare-flow.ts';

export type PreparedTemplate = {
  template: Template;
  /** What the person reads. */
  shown: { header: string | null; body: string; footer: string | null; buttons: { type: string; text: string }[] };
  flow: PreparedFlow | null;
};

/** Finds the template and fits the parameters into it (whatsapp-flows.md sections 9.2 and 9.4). Throws 132xxx. */
export function prepareTemplate(world: World, waba: Waba, send: TemplateSend): PreparedTemplate {
  const template = findSendable(world, waba, send);
  const components = send.components ?? [];
  const slots = components.map((part) => (part.type === 'button' ? `button ${part.index}` : part.type));
  if (new Set(slots).size !== slots.length) throw messageError(132012, 'A component is given twice.');
  const body = componentOf(template.components, 'BODY')?.text ?? '';
  const header = componentOf(template.components, 'HEADER');
  const shown = {
    header: header?.text === undefined ? null : fill(template, header.text, components, 'header'),
    body: fill(template, body, components, 'body'),
    footer: componentOf(template.components, 'FOOTER')?.text ?? null,
    buttons: buttonsOf(template.components).map((button) => ({
      type: button.type,
      text: button.text ?? 'Share Contact Info',
    })),
  };
  if (header !== undefined && header.format !== 'TEXT') checkMediaHeader(header.format, components);
  if (header === undefined && components.some((part) => part.type === 'header'))
    throw messageError(132012, 'The template has no header.');
  checkButtons(template, components);
  return { template, shown, flow: prepareFlowButton(world, template, components, shown) };
}

function findSendable(world: World, waba: Waba, send: TemplateSend): Template {
  const template = findTranslation(world.store, waba.id, send.name, send.language.code);
  const missing = `template name (${send.name}) does not exist in ${send.language.code}`;
  if (!template) throw messageError(132001, missing);
  switch (template.status) {
    case 'APPROVED':
    case 'REINSTATED':
    case 'FLAGGED':
      return template;
    case 'PAUSED':
      throw messageError(132015, 'Template is paused due to low quality so it cannot be sent in a template message.');
    case 'DISABLED':
      throw messageError(
        132016,
        'Template has been paused too many times due to low quality and is now permanently disabled.',
      );
    default:
      throw messageError(132001, `${missing} or is not approved`);
  }
}

/** Puts the parameters of one component into its text; their number and form must be the template's. */
function fill(template: Template, text: string, components: TemplateSendComponent[], type: 'header' | 'body'): string {
  const variables = variablesOf(text);
  const parameters = components.find((part) => part.type === type)?.parameters ?? [];
  if (parameters.length !== variables.length)
    throw messageError(
      132000,
      `${type}: number of localizable_params (${parameters.length}) does not match the expected number of params (${variables.length})`,
    );
  return variables.reduce((filled, name, index) => {
    const parameter =
      template.parameter_format === 'NAMED'
        ? parameters.find((candidate) => candidate.type === 'text' && candidate.parameter_name === name)
        : parameters[index];
    if (parameter?.type !== 'text') throw messageError(132012, `${type}: parameter ${name} must be a text`);
    return filled.replace(new RegExp(`\\{\\{\\s*${name}\\s*\\}\\}`, 'g'), () => parameter.text);
  }, text);
}

function checkMediaHeader(format: 'IMAGE' | 'VIDEO' | 'DOCUMENT', components: TemplateSendComponent[]): void {
  const parameters = components.find((part) => part.type === 'header')?.parameters ?? [];
  const wanted = format.toLowerCase();
  if (parameters.length !== 1 || parameters[0]?.type !== wanted)
    throw messageError(132012, `header: Format mismatch, expected ${format}`);
}

function checkButtons(template: Template, components: TemplateSendComponent[]): void {
  const buttons = buttonsOf(template.components);
  for (const part of components) {
    if (part.type !== 'button') continue;
    const button = buttons[Number(part.index)];
    if (!button) throw messageError(132018, `The template has no button at index ${part.index}.`);
    if (button.type.toLowerCase() !== part.sub_type)
      throw messageError(132018, `The button at index ${part.index} is of type ${button.type}.`);
  }
}

function prepareFlowButton(
  world: World,
  template: Template,
  components: TemplateSendComponent[],
  shown: PreparedTemplate['shown'],
): PreparedFlow | null {
  const found = flowButtonOf(template.components);
  if (!found?.button.flow_id) return null;
  const part = components.find((candidate) => candidate.type === 'button' && candidate.index === String(found.index));
  // Meta refuses a FLOW button that is not spoken to at all (whatsapp-flows.md section 9.2, "Send").
  if (!part) throw messageError(131008, `Button at index ${found.index} of type Flow requires a parameter`);
  const [parameter, ...others] = part.parameters;
  if (others.length > 0 || parameter?.type !== 'action')
    throw messageError(132018, 'A FLOW button takes one parameter of type action.');
  return prepareTemplateFlow(world, {
    flowId: found.button.flow_id,
    action: found.button.flow_action ?? 'navigate',
    screen: found.button.navigate_screen ?? null,
    data: parameter.action.flow_action_data ?? null,
    token: parameter.action.flow_token ?? null,
    texts: { cta: found.button.text, header: shown.header, body: shown.body, footer: shown.footer },
  });
}
