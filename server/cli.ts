import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { AppError, toAppError } from './app-error.ts';
import { environment, readEraseConfig, readOperatorConfig } from './config.ts';
import { AUDIT_USAGE, DELIVERIES_USAGE, KEYS_USAGE, PERSON_USAGE, PORTAL_USAGE } from './operator/usage.ts';

/** What a command prints on standard output, how the process ends, and notes for the standard error. */
type CommandResult = { output: string; exitCode: 0 | 1; notes?: string[] };
type Command = { usage: string; about: string; run: (args: string[]) => Promise<CommandResult> };

const COMMANDS: Record<string, Command> = {
  compile: {
    usage:
      'compile --source hubspot|google-forms|typeform|surveymonkey FILE.json [--mode connected|light] [--locale en|de] [--form ID] [--translation CODE=FILE.json …] [--language CODE]',
    about:
      'Turns a raw form definition, or one of a list, into Flow JSON and its fit report, in one of its translations where SurveyMonkey’s answer for a language is given; - reads standard input',
    run: compileCommand,
  },
  validate: {
    usage: 'validate FLOW.json',
    about: 'Checks Flow JSON as Meta does; exit 1 when Meta would refuse it; - reads standard input',
    run: validateCommand,
  },
  walk: {
    usage: 'walk FLOW.json --answers FILE.json [--endpoint URL --public-key FILE --app-secret S] [--token T]',
    about:
      'Fills a flow in as WhatsApp does and prints where it came and what was sent; - reads the flow from standard input',
    run: walkCommand,
  },
  migrate: { usage: 'migrate', about: 'Brings the database to this version (DATABASE_OWNER_URL)', run: migrateCommand },
  doctor: {
    usage: 'doctor',
    about: 'Says what is wrong with this installation and how to mend it',
    run: doctorCommand,
  },
  keys: {
    usage: KEYS_USAGE,
    about: 'Lists, checks, rotates and rewraps keys, and prints a new master key for FLOWELLA_MASTER_KEYS; JSON',
    run: keysOfOperator,
  },
  audit: {
    usage: AUDIT_USAGE,
    about:
      "Goes through every portal's audit log; exit 1 when an entry was changed or removed. --against takes an earlier output, - reads it from standard input; JSON",
    run: auditOfOperator,
  },
  person: {
    usage: PERSON_USAGE,
    about: 'Hands out, or erases for good, everything that is held of one HubSpot contact; JSON',
    run: personOfOperator,
  },
  portal: {
    usage: PORTAL_USAGE,
    about: 'Erases a HubSpot account and its key for good; without --yes it only counts what would go; JSON',
    run: portalOfOperator,
  },
  deliveries: {
    usage: DELIVERIES_USAGE,
    about:
      'Lists what stopped on its way, with the reason and how to mend it, and tries one, all of a kind or all of an account again; JSON',
    run: deliveriesOfOperator,
  },
};

async function compileCommand(args: string[]): Promise<CommandResult> {
  const { values, positionals } = parse(
    args,
    {
      source: { type: 'string' },
      mode: { type: 'string' },
      locale: { type: 'string' },
      form: { type: 'string' },
      language: { type: 'string' },
      translation: { type: 'string', multiple: true },
    },
    'compile',
  );
  const [{ compileDefinition }, raw] = [
    await import('./flows/compile-definition.ts'),
    parseJson(bounded(await readInput(positionals, 'compile'))),
  ];
  const { translation = [], ...wishes } = values;
  if (translation.length > 0 && values.source !== 'surveymonkey')
    throw usageError('--translation is for --source surveymonkey: of the other tools no translations are read.');
  const translations = await readTranslations(translation);
  const { flowJson, report } = compileDefinition({ ...wishes, raw, translations });
  return json({ flowJson, report }, 0);
}

/** `de=german.json`: the language's code, and the file with what the tool's API answers for it. */
async function readTranslations(given: readonly string[]): Promise<Record<string, unknown>> {
  const found: [string, unknown][] = [];
  for (const one of given) {
    const [, code, file] = /^([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)=(.+)$/.exec(one) ?? [];
    if (!code || !file)
      throw usageError(`--translation must be a language and its file, such as de=german.json, not "${one}"`);
    if (file === '-') throw usageError('A translation is read from a file, not from standard input.');
    const translation = parseJson(bounded(await readInput([file], 'compile')), file);
    if (!isTranslation(translation))
      throw new AppError('not_a_translation', {
        message: `${file} is no translation: it needs a list "translations" that is not empty, as the API answers for /surveys/{id}/languages/{code}`,
      });
    found.push([code, translation]);
  }
  return Object.fromEntries(found);
}

function isTranslation(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('translations' in value)) return false;
  return Array.isArray(value.translations) && value.translations.length > 0;
}

async function validateCommand(args: string[]): Promise<CommandResult> {
  const { positionals } = parse(args, {}, 'validate');
  const { validateFlowJson } = await import('@flowella/shared/flow-json/validate-flow-json.ts');
  const { validationErrors, warnings } = validateFlowJson(await readInput(positionals, 'validate'));
  const notes = warnings.map(
    ({ error, message, line_start }) => `Meta takes this, but look at line ${line_start}: ${message} (${error})`,
  );
  return { ...json({ validation_errors: validationErrors }, validationErrors.length > 0 ? 1 : 0), notes };
}

async function walkCommand(args: string[]): Promise<CommandResult> {
  const { values, positionals } = parse(
    args,
    {
      answers: { type: 'string' },
      endpoint: { type: 'string' },
      'public-key': { type: 'string' },
      'app-secret': { type: 'string' },
      token: { type: 'string', default: 'flows-builder-walk' },
    },
    'walk',
  );
  const { answers, endpoint, 'public-key': publicKey, 'app-secret': appSecret, token } = values;
  const usage = `usage: flowella ${COMMANDS.walk?.usage ?? ''}`;
  if (answers === undefined) throw usageError(`The answers are missing.\n${usage}`);
  if (answers === '-' && positionals[0] === '-')
    throw usageError(`Only one of the two can be read from standard input.\n${usage}`);
  if (endpoint !== undefined && (publicKey === undefined || appSecret === undefined))
    throw usageError(`--endpoint needs --public-key and --app-secret as well.\n${usage}`);
  if (endpoint !== undefined && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ''))
    throw usageError(`--endpoint must be an address such as https://example.com/flow, not "${endpoint}"`);
  const { walkFlowFile } = await import('./preview/walk-command.ts');
  const report = await walkFlowFile({
    flowText: await readInput(positionals, 'walk'),
    answers: parseJson(await readInput([answers], 'walk'), answers === '-' ? 'What stands on standard input' : answers),
    token: token ?? '',
    ...(endpoint !== undefined && publicKey !== undefined && appSecret !== undefined
      ? { endpoint: { url: endpoint, publicKeyPem: await readInput([publicKey], 'walk'), appSecret } }
      : {}),
  });
  const notes = report.unknown.map((name) => `The flow has no field "${name}": this answer was not used`);
  const { unknown: _unknown, ...shown } = report;
  return { ...json(shown, report.outcome === 'submitted' ? 0 : 1), notes };
}

async function migrateCommand(args: string[]): Promise<CommandResult> {
  parse(args, {}, 'migrate');
  const ownerUrl = environment.DATABASE_OWNER_URL;
  if (!ownerUrl)
    throw usageError(
      "DATABASE_OWNER_URL is missing: the connection string of the database's owner, such as postgres://owner:…@host/flowella",
    );
  const [{ migrate }, { isPassingFault }] = [await import('./db/migrate.ts'), await import('./db/passing-fault.ts')];
  const appPassword = passwordOf(environment.DATABASE_URL);
  const applied = await migrate({ ownerUrl, appPassword }).catch((err: unknown) => {
    if (!isPassingFault(err) && !isUnknownHost(err)) throw err;
    throw new AppError('database_unreachable', {
      message: `The database at DATABASE_OWNER_URL cannot be reached: ${reasonOf(err)}. Check the address, and that PostgreSQL is running`,
    });
  });
  const done = applied.length > 0 ? `Applied: ${applied.join(', ')}` : 'The database is up to date';
  const role =
    appPassword === null
      ? '\nThe role flowella_app has no password of ours: set one, or give DATABASE_URL with it and migrate again'
      : '';
  return { output: `${done}${role}`, exitCode: 0 };
}

function isUnknownHost(err: unknown): boolean {
  return err instanceof Error && 'code' in err && (err.code === 'ENOTFOUND' || err.code === 'EAI_AGAIN');
}

function passwordOf(url: string | undefined): string | null {
  const parsed = url ? URL.parse(url) : null;
  return parsed?.username === 'flowella_app' && parsed.password ? decodeURIComponent(parsed.password) : null;
}

async function doctorCommand(args: string[]): Promise<CommandResult> {
  parse(args, {}, 'doctor');
  const { examine } = await import('./observe/doctor.ts');
  const findings = await examine(environment);
  const lines = findings.map(
    (finding) =>
      `${finding.state === 'ok' ? 'ok    ' : finding.state === 'warning' ? 'look  ' : 'WRONG '} ${finding.what}${finding.remedy ? `\n        → ${finding.remedy}` : ''}`,
  );
  return { output: lines.join('\n'), exitCode: findings.some((finding) => finding.state === 'wrong') ? 1 : 0 };
}

async function keysOfOperator(args: string[]): Promise<CommandResult> {
  const { values, positionals } = parse(
    args,
    {
      account: { type: 'string' },
      'retire-now': { type: 'boolean' },
      drill: { type: 'boolean' },
      app: { type: 'string' },
    },
    'keys',
  );
  const { keysCommand } = await import('./operator/keys-command.ts');
  const { value, ok } = await keysCommand(positionals, values, {
    readConfig: () => readOperatorConfig(environment),
    readStdin: () => readInput(['-'], 'keys'),
  });
  return typeof value === 'string' ? { output: value, exitCode: ok ? 0 : 1 } : json(value, ok ? 0 : 1);
}

async function auditOfOperator(args: string[]): Promise<CommandResult> {
  const { values, positionals } = parse(args, { against: { type: 'string' } }, 'audit');
  if (positionals.length !== 1 || positionals[0] !== 'verify') throw usageError(`usage: flowella ${AUDIT_USAGE}`);
  const { verifyAudit, parseEarlier } = await import('./operator/verify-audit.ts');
  const earlier =
    values.against === undefined ? [] : parseEarlier(parseJson(await readInput([values.against], 'audit')));
  const { withOperator } = await import('./operator/operator-services.ts');
  const verified = await withOperator(readOperatorConfig(environment), (services) => verifyAudit(services, earlier));
  return json(verified, verified.broken === 0 ? 0 : 1);
}

async function personOfOperator(args: string[]): Promise<CommandResult> {
  const { values, positionals } = parse(args, { portal: { type: 'string' }, contact: { type: 'string' } }, 'person');
  const { personCommand } = await import('./operator/privacy-commands.ts');
  const value = await personCommand(positionals, values, {
    readOperator: () => readOperatorConfig(environment),
    readErase: () => readEraseConfig(environment),
  });
  return json(value, 0);
}

async function portalOfOperator(args: string[]): Promise<CommandResult> {
  const { values, positionals } = parse(args, { portal: { type: 'string' }, yes: { type: 'boolean' } }, 'portal');
  const { portalCommand } = await import('./operator/privacy-commands.ts');
  const value = await portalCommand(positionals, values, () => readOperatorConfig(environment));
  return {
    ...json(value, value.erased ? 0 : 1),
    ...(value.erased ? {} : { notes: ['Nothing was erased yet: say --yes'] }),
  };
}

async function deliveriesOfOperator(args: string[]): Promise<CommandResult> {
  const text = { type: 'string' } as const;
  const options = { portal: text, delivery: text, destination: text, reason: text, all: { type: 'boolean' } } as const;
  const { values, positionals } = parse(args, options, 'deliveries');
  const { parseDeliveriesCall, runDeliveriesCall } = await import('./operator/deliveries-command.ts');
  const call = parseDeliveriesCall(positionals, values);
  const { withOperator } = await import('./operator/operator-services.ts');
  return json(await withOperator(readOperatorConfig(environment), (services) => runDeliveriesCall(services, call)), 0);
}

function parse<T extends NonNullable<Parameters<typeof parseArgs>[0]>['options']>(
  args: string[],
  options: T,
  name: string,
) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (err) {
    throw usageError(
      `${err instanceof Error ? err.message : String(err)}\nusage: flowella ${COMMANDS[name]?.usage ?? name}`,
    );
  }
}

/** HubSpot's largest definitions are below one megabyte. */
const MAX_DEFINITION_LENGTH = 20_000_000;

function bounded(input: string): string {
  if (input.length <= MAX_DEFINITION_LENGTH) return input;
  throw new AppError('too_large', {
    message: `This is larger than ${MAX_DEFINITION_LENGTH / 1_000_000} MB, which no form definition is`,
  });
}

async function readInput(files: readonly string[], name: string): Promise<string> {
  const [file, ...others] = files;
  const usage = `usage: flowella ${COMMANDS[name]?.usage ?? name}`;
  if (!file) throw usageError(`A file is missing.\n${usage}`);
  if (others.length > 0) throw usageError(`One file at a time, please: ${others.join(', ')} is too much.\n${usage}`);
  if (file === '-') return withoutMark(await text(process.stdin));
  try {
    return withoutMark(await readFile(file, 'utf8'));
  } catch (err) {
    throw new AppError('cannot_read', { message: `${file} cannot be read: ${reasonOf(err)}` });
  }
}

/** Editors on Windows put a byte order mark in front of what is otherwise JSON. */
function withoutMark(input: string): string {
  return input.replace(/^\uFEFF/, '');
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be read by this user',
};

function reasonOf(err: unknown): string {
  if (!(err instanceof Error)) return String(err);
  return ('code' in err && typeof err.code === 'string' ? REASONS[err.code] : undefined) ?? err.message;
}

function parseJson(input: string, file?: string): unknown {
  if (input.trim() === '') throw new AppError('not_json', { message: `${file ?? 'The input'} is empty` });
  try {
    return JSON.parse(input);
  } catch (err) {
    throw new AppError('not_json', {
      message: `${file ?? 'This'} is not JSON: ${err instanceof Error ? err.message : String(err)}`,
    });
  }
}

function usageError(message: string): AppError {
  return new AppError('usage', { message });
}

function json(value: unknown, exitCode: 0 | 1): CommandResult {
  return { output: JSON.stringify(value, null, 2), exitCode };
}

function help(): string {
  const rows = Object.values(COMMANDS).map((command) => `  flowella ${command.usage}\n      ${command.about}`);
  return `Flowella, the operator's command line\n\n${rows.join('\n')}`;
}

async function main(args: string[]): Promise<CommandResult> {
  const [name, ...rest] = args;
  if (!name || name === 'help' || name === '--help' || name === '-h') return { output: help(), exitCode: name ? 0 : 1 };
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw usageError(`There is no command "${name}".\n\n${help()}`);
  if (rest.some((arg) => arg === '--help' || arg === '-h'))
    return { output: `flowella ${command.usage}\n    ${command.about}`, exitCode: 0 };
  return command.run(rest);
}

main(process.argv.slice(2)).then(
  ({ output, exitCode, notes }) => {
    for (const note of notes ?? []) process.stderr.write(`${note}\n`);
    process.stdout.write(`${output}\n`);
    process.exitCode = exitCode;
  },
  (err: unknown) => {
    const error = toAppError(err);
    process.stderr.write(`${error.userMessage ?? error.message}\n`);
    process.exitCode = 1;
  },
);
