/**
 * The parts of WhatsApp Flow JSON that the compiler writes and everyone reads (Meta, "Flow JSON" and "Components", 7.3).
 * Readers of foreign Flow JSON take `unknown` and go through the validator first.
 */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

export type FlowJson = {
  version: string;
  data_api_version?: '3.0' | '4.0';
  routing_model?: Record<string, string[]>;
  screens: FlowScreen[];
};

export type FlowScreen = {
  id: string;
  title: string;
  data?: Record<string, DataDeclaration>;
  terminal?: boolean;
  success?: boolean;
  refresh_on_back?: boolean;
  sensitive?: string[];
  layout: { type: 'SingleColumnLayout'; children: FlowComponent[] };
};

export type DataDeclaration = {
  type: 'string' | 'number' | 'boolean' | 'object' | 'array';
  items?: JsonValue;
  properties?: Record<string, JsonValue>;
  required?: string[];
  __example__: JsonValue;
};

/** A component of any type: `type` names it, the other keys are those of Meta's page "Components". */
export type FlowComponent = { type: string } & { [property: string]: JsonValue };

/** One error as Meta's Flows API returns it in `validation_errors`. */
export type ValidationError = {
  error: string;
  error_type: 'FLOW_JSON_ERROR' | 'JSON_SCHEMA_ERROR';
  message: string;
  line_start: number;
  line_end: number;
  column_start: number;
  column_end: number;
  pointers: { line_start: number; line_end: number; column_start: number; column_end: number; path: string }[];
};
