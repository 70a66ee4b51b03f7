import { randomBytes } from 'node:crypto';
import { AppError } from '../app-error.ts';
import type { OperatorConfig } from '../config.ts';
import { rotateFlowKey } from '../whatsapp/rotate-flow-key.ts';
import { checkKeys } from './check-keys.ts';
import { listKeys } from './list-keys.ts';
import { portalOf, withOperator } from './operator-services.ts';
import { rotateAppSecrets } from './rotate-app-secrets.ts';
import { rewrapKeys } from './rewrap-keys.ts';
import { KEYS_USAGE } from './usage.ts';

export type KeysOptions = {
  app?: string | undefined;
  account?: string | undefined;
  'retire-now'?: boolean | undefined;
  drill?: boolean | undefined;
};
/** What is printed as JSON (a string as it is), and whether the command found everything well. */
export type OperatorResult = { value: unknown; ok: boolean };

/** One of the operator's commands on keys. Throws AppError with what to do; `usage` for a call that names no command. */
export async function keysCommand(
  positionals: readonly string[],
  options: KeysOptions,
  rim: { readConfig: () => OperatorConfig; readStdin: () => Promise<string> },
): Promise<OperatorResult> {
  const { readConfig } = rim;
  const [name, ...rest] = positionals;
  if (rest.length > 0) throw usage(`${rest.join(' ')} is too much`);
  refuseForeignOptions(name, options);
  switch (name) {
    case 'new-master':
      return { value: newMasterKey(), ok: true };
    case 'list':
      return { value: await withOperator(readConfig(), listKeys), ok: true };
    case 'check': {
      const check = await withOperator(readConfig(), checkKeys);
      return { value: check, ok: check.problems.length === 0 };
    }
    case 'rewrap': {
      const rewrap = await withOperator(readConfig(), rewrapKeys);
      return { value: rewrap, ok: rewrap.failed.length === 0 };
    }
    case 'rotate':
      return options.drill ? drill(options) : rotate(options, readConfig());
    case 'app-secret':
      return appSecret(options, rim);
    default:
      throw usage(name ? `There is no "keys ${name}"` : 'Say what to do with the keys');
  }
}

const OPTIONS_OF: Record<string, readonly string[]> = {
  rotate: ['account', 'retire-now', 'drill'],
  'app-secret': ['app'],
};

function refuseForeignOptions(name: string | undefined, options: KeysOptions): void {
  const given = Object.entries(options).flatMap(([option, value]) => (value === undefined ? [] : [option]));
  const foreign = given.find((option) => !(OPTIONS_OF[name ?? ''] ?? []).includes(option));
  if (foreign !== undefined) throw usage(`--${foreign} does not belong to "keys ${name ?? ''}"`);
}

/** The secret comes on standard input: an argument would stand in the shell's history and in the list of processes. */
async function appSecret(
  { app }: KeysOptions,
  rim: { readConfig: () => OperatorConfig; readStdin: () => Promise<string> },
): Promise<OperatorResult> {
  if (!app) throw usage('Say which Meta app: --app ID, and give its new secret on standard input');
  const config = rim.readConfig();
  const secret = (await rim.readStdin()).trim();
  const result = await withOperator(config, (services) =>
    rotateAppSecrets(services, { appId: app, appSecret: secret }),
  );
  return { value: result, ok: result.failed.length === 0 };
}

async function rotate(options: KeysOptions, config: OperatorConfig): Promise<OperatorResult> {
  const { account } = options;
  if (!account) throw usage('Say which account: --account ID ("flowella keys list" prints them)');
  return withOperator(config, async (services) => {
    const portalId = await portalOf(services, account);
    const rotation = await rotateFlowKey(services, portalId, {
      accountId: account,
      actor: 'operator',
      retireNow: options['retire-now'] === true,
    });
    return { value: rotation, ok: rotation.numbers.every((number) => number.status === 'VALID') };
  });
}

/** Needs no configuration: the installation it rehearses on is its own. */
async function drill({ account, 'retire-now': retireNow }: KeysOptions): Promise<OperatorResult> {
  if (account !== undefined || retireNow !== undefined) throw usage('A drill touches no account: --drill stands alone');
  const { runDrill } = await import('./key-drill/run-drill.ts');
  const result = await runDrill();
  return { value: result, ok: result.ok };
}

/** Dated, so that the order of keys can be read from their ids. */
function newMasterKey(): string {
  const id = `k${new Date().toISOString().slice(2, 10).replaceAll('-', '')}`;
  return `${id}:${randomBytes(32).toString('base64')}`;
}

function usage(problem: string): AppError {
  return new AppError('usage', { message: `${problem}.\nusage: flowella ${KEYS_USAGE}` });
}
