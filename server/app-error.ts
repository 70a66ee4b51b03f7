/** One sentence in both languages that the customer's people read. */
type Said = Readonly<Record<'en' | 'de', string>>;

/** What went wrong, as one kind of error everywhere: a stable code, whether trying again can help, and words for a person. */
export class AppError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  /** HTTP status when the error reaches a route. */
  readonly status: number;
  /** What `messageIn` says, in English where there are both languages: for logs and for operators. */
  readonly userMessage: string | undefined;
  readonly #said: Said | undefined;
  /** Ids and counts for the log. Never personal data. */
  readonly context: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    options: {
      message?: string;
      retryable?: boolean;
      status?: number;
      /**
       * A sentence that says what happened and who should do what; safe to show. Never holds an answer, a number or a secret. In
       * both languages, or already in the reader's; a literal in one language is refused by ESLint.
       */
      userMessage?: string | Said;
      context?: Record<string, unknown>;
      cause?: unknown;
    } = {},
  ) {
    const said = typeof options.userMessage === 'object' ? options.userMessage : undefined;
    const sentence = typeof options.userMessage === 'string' ? options.userMessage : said?.en;
    super(options.message ?? sentence ?? code, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.status = options.status ?? (this.retryable ? 503 : 400);
    this.userMessage = sentence;
    this.#said = said;
    this.context = options.context ?? {};
  }

  /** The sentence for a reader of this language; undefined where there is none for people. */
  messageIn(language: 'en' | 'de'): string | undefined {
    return this.#said?.[language] ?? this.userMessage;
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
