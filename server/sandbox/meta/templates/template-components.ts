import { z } from 'zod';
import { invalidParameter } from '../graph-error.ts';

/** Meta takes component and button types in either case and keeps them in capitals. */
const upper = (value: unknown): unknown => (typeof value === 'string' ? value.toUpperCase() : value);
const tagged = <T extends string>(tag: T) => z.preprocess(upper, z.literal(tag));

const exampleSchema = z.strictObject({
  header_text: z.array(z.string()).optional(),
  header_handle: z.array(z.string()).optional(),
  body_text: z.array(z.array(z.string())).optional(),
  body_text_named_params: z.array(z.strictObject({ param_name: z.string(), example: z.string() })).optional(),
});
const headerSchema = z.strictObject({
  type: tagged('HEADER'),
  format: z.preprocess(upper, z.enum(['TEXT', 'IMAGE', 'VIDEO', 'DOCUMENT'])),
  text: z.string().min(1).max(60).optional(),
  example: exampleSchema.optional(),
});
const bodySchema = z.strictObject({
  type: tagged('BODY'),
  text: z.string().min(1).max(1_024),
  example: exampleSchema.optional(),
});
const footerSchema = z.strictObject({ type: tagged('FOOTER'), text: z.string().min(1).max(60) });
const buttonText = z.string().min(1).max(25);
const flowButtonSchema = z.strictObject({
  type: tagged('FLOW'),
  text: buttonText,
  flow_id: z.union([z.string(), z.number().transform(String)]).optional(),
  flow_name: z.string().optional(),
  flow_json: z.string().optional(),
  flow_action: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.toLowerCase() : value),
      z.enum(['navigate', 'data_exchange']),
    )
    .optional(),
  navigate_screen: z.string().optional(),
  icon: z.preprocess(upper, z.enum(['DOCUMENT', 'PROMOTION', 'REVIEW'])).optional(),
});
const quickReplySchema = z.strictObject({ type: tagged('QUICK_REPLY'), text: buttonText });
const urlButtonSchema = z.strictObject({
  type: tagged('URL'),
  text: buttonText,
  url: z.url().max(2_000),
  example: z.array(z.string()).optional(),
});
const phoneButtonSchema = z.strictObject({
  type: tagged('PHONE_NUMBER'),
  text: buttonText,
  phone_number: z.string().max(20),
});
const contactButtonSchema = z.strictObject({
  type: tagged('REQUEST_CONTACT_INFO'),
  text: z.literal('Share Contact Info').optional(),
});
const buttonsSchema = z.strictObject({
  type: tagged('BUTTONS'),
  buttons: z
    .array(z.union([flowButtonSchema, quickReplySchema, urlButtonSchema, phoneButtonSchema, contactButtonSchema]))
    .min(1)
    .max(10),
});

export const componentsSchema = z
  .array(z.union([headerSchema, bodySchema, footerSchema, buttonsSchema]))
  .min(1)
  .max(4);

export type TemplateComponents = z.infer<typeof componentsSchema>;
export type FlowButton = z.infer<typeof flowButtonSchema>;
export type TemplateButton = z.infer<typeof buttonsSchema>['buttons'][number];
export type ParameterFormat = 'POSITIONAL' | 'NAMED';

export function componentOf<T extends TemplateComponents[number]['type']>(
  components: TemplateComponents,
  type: T,
): Extract<TemplateComponents[number], { type: T }> | undefined {
  return components.find(
    (component): component is Extract<TemplateComponents[number], { type: T }> => component.type === type,
  );
}

export function buttonsOf(components: TemplateComponents): TemplateButton[] {
  return componentOf(components, 'BUTTONS')?.buttons ?? [];
}

/** The flow button with its place among the buttons, which a send names as `index`. */
export function flowButtonOf(components: TemplateComponents): { button: FlowButton; index: number } | null {
  const buttons = buttonsOf(components);
  const index = buttons.findIndex((button) => button.type === 'FLOW');
  const button = buttons[index];
  return button?.type === 'FLOW' ? { button, index } : null;
}

/** Names of the variables of a text, in order and without repeats. */
export function variablesOf(text: string): string[] {
  return [...new Set([...text.matchAll(/\{\{\s*([^{}]*?)\s*\}\}/g)].map((match) => match[1] ?? ''))];
}

/** What Meta checks of a template before it takes it in for review (Meta, "Templates", components). Throws GraphError 100. */
export function checkComponents(components: TemplateComponents, format: ParameterFormat): void {
  const types = components.map((component) => component.type);
  if (new Set(types).size !== types.length) throw invalidParameter('Each component may stand once in a template');
  const body = componentOf(components, 'BODY');
  if (!body) throw invalidParameter('A template needs a BODY component');
  checkVariables(body.text, format, 'BODY');
  checkExamples(body.text, format, body.example);
  const header = componentOf(components, 'HEADER');
  if (header) checkHeader(header, format);
  const footer = componentOf(components, 'FOOTER');
  if (footer && variablesOf(footer.text).length > 0) throw invalidParameter('The FOOTER may not have variables');
  checkButtons(buttonsOf(components));
}

function checkHeader(header: z.infer<typeof headerSchema>, format: ParameterFormat): void {
  if (header.format !== 'TEXT') {
    if (header.text !== undefined) throw invalidParameter('A media HEADER has no text');
    if (!header.example?.header_handle?.length) throw invalidParameter('A media HEADER needs example.header_handle');
    return;
  }
  if (header.text === undefined) throw invalidParameter('A text HEADER needs text');
  const variables = variablesOf(header.text);
  if (variables.length > 1) throw invalidParameter('The HEADER may have one variable');
  checkVariables(header.text, format, 'HEADER');
  if (variables.length === 1 && format === 'POSITIONAL' && header.example?.header_text?.length !== 1)
    throw invalidParameter('The HEADER has a variable: example.header_text is required');
}

function checkVariables(text: string, format: ParameterFormat, where: string): void {
  const variables = variablesOf(text);
  if (format === 'POSITIONAL') {
    const isInOrder = variables.every((name, index) => name === String(index + 1));
    if (!isInOrder) throw invalidParameter(`Variables of the ${where} must be {{1}}, {{2}}, … in this order`, 2388073);
  } else if (variables.some((name) => !/^[a-z][a-z0-9_]*$/.test(name))) {
    throw invalidParameter(
      `Names of variables in the ${where} are lower-case letters, digits and underscores`,
      2388073,
    );
  }
  if (where !== 'BODY') return;
  const trimmed = text.trim();
  if (/^\{\{[^{}]*\}\}/.test(trimmed) || /\{\{[^{}]*\}\}$/.test(trimmed))
    throw invalidParameter('Variables may not be at the start or end of the template body', 2388299);
}

function checkExamples(
  text: string,
  format: ParameterFormat,
  example: z.infer<typeof exampleSchema> | undefined,
): void {
  const variables = variablesOf(text);
  if (variables.length === 0) return;
  if (format === 'POSITIONAL') {
    if (example?.body_text?.[0]?.length !== variables.length)
      throw invalidParameter('The BODY has variables: example.body_text with one value for each is required', 2388043);
    return;
  }
  const named = new Set(example?.body_text_named_params?.map((entry) => entry.param_name));
  if (variables.some((name) => !named.has(name)))
    throw invalidParameter(
      'The BODY has variables: example.body_text_named_params with one value for each is required',
      2388043,
    );
}

function checkButtons(buttons: TemplateButton[]): void {
  const texts = buttons.map((button) => button.text ?? '');
  if (new Set(texts).size !== texts.length) throw invalidParameter('Texts of buttons must differ');
  const flows = buttons.filter((button) => button.type === 'FLOW');
  if (flows.length > 1) throw invalidParameter('A template may have one FLOW button');
  for (const button of flows) {
    const sources = [button.flow_id, button.flow_name, button.flow_json].filter((value) => value !== undefined);
    if (sources.length !== 1)
      throw invalidParameter('A FLOW button needs exactly one of flow_id, flow_name and flow_json');
    if (button.flow_action === 'data_exchange' && button.navigate_screen !== undefined)
      throw invalidParameter('navigate_screen goes with flow_action navigate only');
    if (/\p{Extended_Pictographic}|\n/u.test(button.text))
      throw invalidParameter('The text of a FLOW button may not have emoji or line breaks');
  }
}
