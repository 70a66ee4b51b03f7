import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { randomBytes } from 'node:crypto';
import { AppError, toAppError } from './app-error.ts';
import { environment } from './config.ts';

/** What a command prints on standard output, and how the process ends. */
type CommandResult = { output: string; exitCode: 0 | 1 };
type Command = { usage: string; about: string; run: (args: string[]) => Promise<CommandResult> };

const COMMANDS: Record<string, Command> = {
  compile: {
    usage: 'compile --source hubspot FILE.json [--mode connected|light] [--locale en|de]',
    about: 'Turns a raw form definition into Flow JSON and its fit report; - reads standard input',
    run: compileCommand,
  },
  validate: {
    usage: 'validate FLOW.json',
    about: 'Checks Flow JSON as Meta does; exit 1 when Meta would refuse it; - reads standard input',
    run: validateCommand,
  },
  migrate: { usage: 'migrate', about: 'Brings the database to this version (DATABASE_OWNER_URL)', run: migrateCommand },
  doctor: {
    usage: 'doctor',
    about: 'Says what is wrong with this installation and how to mend it',
    run: doctorCommand,
  },
  keys: { usage: 'keys new-master', about: 'Prints a new master key for FLOWELLA_MASTER_KEYS', run: keysCommand },
};

async function compileCommand(args: string[]): Promise<CommandResult> {
  const { values, positionals } = parse(
    args,
    { source: { type: 'string' }, mode: { type: 'string' }, locale: { type: 'string', default: 'en' } },
    'compile',
  );
  const [{ compileDefinition }, raw] = [
    await import('./flows/compile-definition.ts'),
    parseJson(await readInput(positionals[0], 'compile')),
  ];
  const result = compileDefinition({ source: values.source, mode: values.mode, locale: values.locale, raw });
  return json({ flowJson: result.flowJson, report: result.report, mode: result.mode }, 0);
}

async function validateCommand(args: string[]): Promise<CommandResult> {
  const { positionals } = parse(args, {}, 'validate');
  const { validateFlowJson } = await import('@flowella/shared/flow-json/validate-flow-json.ts');
  const { validationErrors, warnings } = validateFlowJson(await readInput(positionals[0], 'validate'));
  return json({ validation_errors: validationErrors, warnings }, validationErrors.length > 0 ? 1 : 0);
}

async function migrateCommand(args: string[]): Promise<CommandResult> {
  parse(args, {}, 'migrate');
  const ownerUrl = environment.DATABASE_OWNER_URL;
  if (!ownerUrl)
    throw usageError(
      "DATABASE_OWNER_URL is missing: the connection string of the database's owner, such as postgres://owner:…@host/flowella",
    );
  const { migrate } = await import('./db/migrate.ts');
  const appPassword = passwordOf(environment.DATABASE_URL);
  const applied = await migrate({ ownerUrl, appPassword });
  const done = applied.length > 0 ? `Applied: ${applied.join(', ')}` : 'The database is up to date';
  const role =
    appPassword === null
      ? '\nThe role flowella_app has no password of ours: set one, or give DATABASE_URL with it and migrate again'
      : '';
  return { output: `${done}${role}`, exitCode: 0 };
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

async function keysCommand(args: string[]): Promise<CommandResult> {
  const { positionals } = parse(args, {}, 'keys');
  if (positionals[0] !== 'new-master') throw usageError(`usage: flowella ${COMMANDS.keys?.usage ?? ''}`);
  const id = `k${new Date().toISOString().slice(2, 10).replaceAll('-', '')}`;
  return { output: `${id}:${randomBytes(32).toString('base64')}`, exitCode: 0 };
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

async function readInput(file: string | undefined, name: string): Promise<string> {
  if (!file) throw usageError(`A file is missing.\nusage: flowella ${COMMANDS[name]?.usage ?? name}`);
  if (file === '-') return text(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (err) {
    throw new AppError('cannot_read', {
      message: `${file} cannot be read: ${err instanceof Error ? err.message : String(err)}`,
    });
  }
}

function parseJson(input: string): unknown {
  try {
    return JSON.parse(input.replace(/^\uFEFF/, ''));
  } catch (err) {
    throw new AppError('not_json', {
      message: `This is not JSON: ${err instanceof Error ? err.message : String(err)}`,
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
  return command.run(rest);
}

main(process.argv.slice(2)).then(
  ({ output, exitCode }) => {
    process.stdout.write(`${output}\n`);
    process.exitCode = exitCode;
  },
  (err: unknown) => {
    const error = toAppError(err);
    process.stderr.write(`${error.userMessage ?? error.message}\n`);
    process.exitCode = 1;
  },
);
