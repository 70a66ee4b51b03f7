/** What went wrong, as one kind of error everywhere: a stable code, whether trying again can help, and words for a person. */
export class AppError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  /** HTTP status when the error reaches a route. */
  readonly status: number;
  /** A sentence that says what happened and who should do what; safe to show. Never holds an answer, a number or a secret. */
  readonly userMessage: string | undefined;
  /** Ids and counts for the log. Never personal data. */
  readonly context: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    options: {
      message?: string;
      retryable?: boolean;
      status?: number;
      userMessage?: string;
      context?: Record<string, unknown>;
      cause?: unknown;
    } = {},
  ) {
    super(options.message ?? options.userMessage ?? code, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.status = options.status ?? (this.retryable ? 503 : 400);
    this.userMessage = options.userMessage;
    this.context = options.context ?? {};
  }
}

/** Turns anything thrown into an AppError, so that handlers see one shape. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  return new AppError('internal', {
    message: thrown instanceof Error ? thrown.message : String(thrown),
    status: 500,
    cause: thrown,
  });
}

/** Closes an exhaustive switch: a new member of the union fails the type check here. */
export function assertNever(value: never): never {
  throw new AppError('unreachable', { message: `Unexpected value ${JSON.stringify(value)}`, status: 500 });
}
