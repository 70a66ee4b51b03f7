import { randomBytes } from 'node:crypto';

export type GraphErrorFields = {
  message: string;
  type?: 'OAuthException' | 'GraphMethodException';
  subcode?: number;
  /** `error_data.details`: what Meta says about this one call. */
  details?: string;
  userTitle?: string;
  userMessage?: string;
  isTransient?: boolean;
};

/** What the Graph API refuses, in its own shape (whatsapp-flows.md section 9.4; specs/meta, schema GraphAPIError). */
export class GraphError extends Error {
  readonly status: number;
  readonly code: number;
  readonly fields: GraphErrorFields;

  constructor(status: number, code: number, fields: GraphErrorFields) {
    super(fields.message);
    this.name = 'GraphError';
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

/** The body as Meta writes it; absent fields are omitted. */
export function toErrorBody(err: GraphError): { error: Record<string, unknown> } {
  const { message, type, subcode, details, userTitle, userMessage, isTransient } = err.fields;
  return {
    error: {
      message,
      type: type ?? 'OAuthException',
      code: err.code,
      ...(subcode === undefined ? {} : { error_subcode: subcode }),
      ...(details === undefined ? {} : { error_data: { messaging_product: 'whatsapp', details } }),
      ...(isTransient === undefined ? {} : { is_transient: isTransient }),
      ...(userTitle === undefined ? {} : { error_user_title: userTitle }),
      ...(userMessage === undefined ? {} : { error_user_msg: userMessage }),
      fbtrace_id: `A${randomBytes(16).toString('base64url')}`,
    },
  };
}

/** 100: a parameter that is unknown, malformed or not allowed here. */
export function invalidParameter(details: string, subcode?: number): GraphError {
  return new GraphError(400, 100, {
    message: `(#100) ${details}`,
    details,
    ...(subcode === undefined ? {} : { subcode }),
  });
}

/** 100 with the words the Flows API puts beside it (Meta, "Flows: error codes"). */
export function flowError(code: number, userTitle: string, userMessage: string): GraphError {
  return new GraphError(400, code, {
    message: code === 100 ? 'Invalid parameter' : `(#${code}) ${userTitle}`,
    userTitle,
    userMessage,
  });
}

/** 100/33: the id is unknown, or the token may not see it; Meta does not tell the two apart. */
export function unknownObject(method: string, id: string): GraphError {
  const verb = method.toLowerCase();
  return new GraphError(400, 100, {
    message: `Unsupported ${verb} request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api`,
    type: 'GraphMethodException',
    subcode: 33,
  });
}

export function unknownPath(path: string): GraphError {
  return new GraphError(400, 2500, { message: `Unknown path components: ${path}` });
}

export function badToken(reason: string, subcode?: number): GraphError {
  return new GraphError(401, 190, { message: reason, ...(subcode === undefined ? {} : { subcode }) });
}

/** Titles of the codes a message can be refused with, synchronously or in a `failed` status (whatsapp-flows.md section 9.4). */
const TITLES = {
  130429: 'Rate limit hit',
  131008: 'Required parameter is missing',
  131009: 'Parameter value is not valid',
  131021: 'Recipient cannot be sender',
  131026: 'Message undeliverable',
  131047: 'Re-engagement message',
  131049: 'This message was not delivered to maintain healthy ecosystem engagement.',
  131050:
    'Unable to deliver the message. This recipient has chosen to stop receiving marketing messages on WhatsApp from your business',
  131051: 'Unsupported message type',
  131056: '(Business Account, Consumer Account) pair rate limit hit',
  131062: 'Business-scoped User ID (BSUID) recipients are not supported for this message.',
  132000: 'Number of parameters does not match the expected number of params',
  132001: 'Template name does not exist in the translation',
  132012: 'Parameter format does not match format in the created template',
  132015: 'Template is Paused',
  132016: 'Template is Disabled',
  132018: 'Template parameters are invalid',
  132068: 'Flow is blocked',
  132069: 'Flow is throttled',
} as const;

export type MessageErrorCode = keyof typeof TITLES;

export function titleOf(code: MessageErrorCode): string {
  return TITLES[code];
}

/** A message refused at once. 132001 answers 404, rate limits of the number 429, the others 400. */
export function messageError(code: MessageErrorCode, details: string): GraphError {
  const status = code === 132001 ? 404 : code === 130429 ? 429 : 400;
  return new GraphError(status, code, { message: `(#${code}) ${TITLES[code]}`, details });
}
