import path from 'node:path';
import { z } from 'zod';
import { AppError } from './app-error.ts';
import type { MasterKey } from './keys/vault.ts';

/**
 * The only reader of the environment (a lint rule keeps it so, and a test keeps the lint rule).
 * Every variable says what it is for and where it comes from: the same table refuses a start and fills the README.
 */
export const VARIABLES = {
  PUBLIC_URL: {
    why: 'the https address under which HubSpot and Meta reach this server',
    where: 'your DNS and TLS set-up, without a path, such as https://api.example.com',
  },
  DATABASE_URL: {
    why: 'PostgreSQL as the role flowella_app, which serves portals',
    where: 'your database; "flowella migrate" creates the role',
  },
  DATABASE_OWNER_URL: {
    why: 'PostgreSQL as the owner, for migrations only',
    where: 'your database; not needed by a server that does not migrate',
    optional: true,
  },
  FLOWELLA_MASTER_KEYS: {
    why: "the keyring that wraps every portal's data key: id:base64 pairs, the active one first",
    where: 'make one with "npx flowella keys new-master", keep it in your secret store',
  },
  HUBSPOT_APP_ID: { why: 'the id of your HubSpot app', where: 'HubSpot developer account › your project › app › Auth' },
  HUBSPOT_CLIENT_ID: { why: 'OAuth with HubSpot', where: 'HubSpot developer account › your project › app › Auth' },
  HUBSPOT_CLIENT_SECRET: {
    why: 'OAuth and the signature of every call from HubSpot',
    where: 'HubSpot developer account › your project › app › Auth',
  },
  HUBSPOT_CLIENT_SECRET_OLD: {
    why: 'the client secret before a rotation: calls that HubSpot still signs with it are accepted',
    where: 'your secret store; remove it when the rotation is over',
    optional: true,
  },
  HUBSPOT_API_URL: { why: "HubSpot's API", where: 'default https://api.hubapi.com', optional: true },
  HUBSPOT_FORMS_URL: {
    why: "HubSpot's form submission host",
    where: 'default https://api.hsforms.com',
    optional: true,
  },
  HUBSPOT_APP_URL: {
    why: "HubSpot's own pages, for the install",
    where: 'default https://app.hubspot.com',
    optional: true,
  },
  META_GRAPH_URL: { why: "Meta's Graph API", where: 'default https://graph.facebook.com', optional: true },
  META_GRAPH_VERSION: { why: 'version of the Graph API', where: 'default v23.0', optional: true },
  HOST: { why: 'address to listen on', where: 'default 127.0.0.1; 0.0.0.0 in a container', optional: true },
  PORT: { why: 'port to listen on', where: 'default 8080', optional: true },
  LOG_LEVEL: {
    why: 'how much is logged',
    where: 'trace, debug, info, warn, error or silent; default info',
    optional: true,
  },
  PAGES_DIR: {
    why: 'where built browser pages are kept',
    where: 'default .data/pages beside package.json',
    optional: true,
  },
  KEY_ROTATION_DAYS: {
    why: 'age at which a flow key is replaced by itself',
    where: 'default 90; 0 leaves it to "flowella keys rotate"',
    optional: true,
  },
  DATABASE_POOL: { why: 'most connections of one process', where: 'default 10', optional: true },
} as const satisfies Record<string, { why: string; where: string; optional?: boolean }>;

export type Config = {
  mode: 'production' | 'sandbox';
  publicUrl: string;
  host: string;
  port: number;
  logLevel: string;
  databaseUrl: string;
  databasePool: number;
  pagesDir: string;
  masterKeys: readonly MasterKey[];
  /** Null: flow keys are rotated by the operator only. */
  keyRotationDays: number | null;
  hubspot: {
    appId: string;
    clientId: string;
    clientSecret: string;
    oldClientSecret?: string;
    apiUrl: string;
    formsUrl: string;
    appUrl: string;
  };
  meta: { graphUrl: string; graphVersion: string };
  /** All identity vendors at one address of this machine; the sandbox only. */
  identityStandInUrl?: string;
};

const url = z
  .url({ protocol: /^https?$/, error: 'must be an address such as https://api.example.com' })
  .transform((value) => value.replace(/\/+$/, ''));

/** HubSpot and Meta call nothing but https; elsewhere than in production an address of this machine is for trying things out. */
const publicUrl = (isProduction: boolean) =>
  url.superRefine((value, ctx) => {
    const { protocol, hostname, pathname, search } = new URL(value);
    const mayBePlain = !isProduction && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
    if (protocol !== 'https:' && !mayBePlain)
      ctx.addIssue({
        code: 'custom',
        message:
          'must start with https://, since HubSpot and Meta call nothing else: let a proxy in front of this server take TLS, and give its address here',
      });
    else if (pathname !== '/' || search !== '')
      ctx.addIssue({
        code: 'custom',
        message: 'must be without a path: what HubSpot and Meta call begins right behind it',
      });
  });

const whole = (min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
};

const masterKeys = z.string().transform((text, ctx): MasterKey[] => {
  const keys = text.split(',').map((pair) => {
    const [id = '', base64 = ''] = pair.trim().split(':');
    return { id, key: Buffer.from(base64, 'base64') };
  });
  if (keys.some(({ id, key }) => !/^[a-z0-9]{1,16}$/.test(id) || key.length !== 32)) {
    ctx.addIssue({
      code: 'custom',
      message:
        'must be id:base64 pairs of 32 bytes, separated by commas, such as k1:… ("npx flowella keys new-master" prints one)',
    });
    return z.NEVER;
  }
  if (new Set(keys.map((key) => key.id)).size < keys.length) {
    ctx.addIssue({ code: 'custom', message: 'must not name two keys alike: sealed data says only the id of its key' });
    return z.NEVER;
  }
  return keys;
});

const variables = z.object({
  PUBLIC_URL: publicUrl(true),
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must start with postgres://'),
  FLOWELLA_MASTER_KEYS: masterKeys,
  HUBSPOT_APP_ID: z.string().min(1),
  HUBSPOT_CLIENT_ID: z.string().min(1),
  HUBSPOT_CLIENT_SECRET: z.string().min(1),
  HUBSPOT_CLIENT_SECRET_OLD: z.string().min(1).optional(),
  HUBSPOT_API_URL: url.default('https://api.hubapi.com'),
  HUBSPOT_FORMS_URL: url.default('https://api.hsforms.com'),
  HUBSPOT_APP_URL: url.default('https://app.hubspot.com'),
  META_GRAPH_URL: url.default('https://graph.facebook.com'),
  META_GRAPH_VERSION: z
    .string()
    .regex(/^v\d+\.\d+$/, 'must be a version such as v23.0')
    .default('v23.0'),
  HOST: z.string().default('127.0.0.1'),
  PORT: whole(0, 65_535).default(8_080),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
      error: `must be ${VARIABLES.LOG_LEVEL.where.split(';')[0]}`,
    })
    .default('info'),
  PAGES_DIR: z.string().default(path.resolve(import.meta.dirname, '../.data/pages')),
  KEY_ROTATION_DAYS: whole(0, 730).default(90),
  DATABASE_POOL: whole(2, 100).default(10),
});

/** True when nothing is configured and this is not production: `npm start` then runs the sandbox. */
export function wantsSandbox(env: NodeJS.ProcessEnv): boolean {
  return env.NODE_ENV !== 'production' && !env.DATABASE_URL;
}

/** Where the sandbox's page is to be; null where nobody said. Throws `bad_configuration`. */
export function readSandboxPort(env: NodeJS.ProcessEnv): number | null {
  const { PORT } = parseVariables(env, z.object({ PORT: whole(1, 65_535).optional() }), {
    refused: 'The sandbox cannot start',
    hint: 'Without PORT the sandbox takes 8080, or another port where that is in use.',
  });
  return PORT ?? null;
}

/** Parses the whole environment at once; throws `bad_configuration` whose message lists every problem and its remedy. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const e = parseVariables(env, variables.extend({ PUBLIC_URL: publicUrl(env.NODE_ENV === 'production') }), {
    refused: 'The server cannot start',
    hint: 'Without NODE_ENV=production and DATABASE_URL, "npm start" runs a sandbox that needs none of them.',
  });
  return {
    mode: 'production',
    publicUrl: e.PUBLIC_URL,
    host: e.HOST,
    port: e.PORT,
    logLevel: e.LOG_LEVEL,
    databaseUrl: e.DATABASE_URL,
    databasePool: e.DATABASE_POOL,
    pagesDir: e.PAGES_DIR,
    masterKeys: e.FLOWELLA_MASTER_KEYS,
    keyRotationDays: e.KEY_ROTATION_DAYS || null,
    hubspot: {
      appId: e.HUBSPOT_APP_ID,
      clientId: e.HUBSPOT_CLIENT_ID,
      clientSecret: e.HUBSPOT_CLIENT_SECRET,
      ...(e.HUBSPOT_CLIENT_SECRET_OLD ? { oldClientSecret: e.HUBSPOT_CLIENT_SECRET_OLD } : {}),
      apiUrl: e.HUBSPOT_API_URL,
      formsUrl: e.HUBSPOT_FORMS_URL,
      appUrl: e.HUBSPOT_APP_URL,
    },
    meta: { graphUrl: e.META_GRAPH_URL, graphVersion: e.META_GRAPH_VERSION },
  };
}

/** What the operator's commands on keys and logs need: no HubSpot app and no address. */
export type OperatorConfig = Pick<Config, 'databaseUrl' | 'masterKeys' | 'meta'>;

/** Throws `bad_configuration` like `readConfig`, for the few variables that these commands read. */
export function readOperatorConfig(env: NodeJS.ProcessEnv): OperatorConfig {
  const e = parseVariables(
    env,
    variables.pick({ DATABASE_URL: true, FLOWELLA_MASTER_KEYS: true, META_GRAPH_URL: true, META_GRAPH_VERSION: true }),
    { refused: 'The command cannot run', hint: 'Run it with the same environment as the server.' },
  );
  return {
    databaseUrl: e.DATABASE_URL,
    masterKeys: e.FLOWELLA_MASTER_KEYS,
    meta: { graphUrl: e.META_GRAPH_URL, graphVersion: e.META_GRAPH_VERSION },
  };
}

/** What erasing a person needs beside it: their files lie in the HubSpot account. */
export type EraseConfig = OperatorConfig & {
  hubspot: Pick<Config['hubspot'], 'clientId' | 'clientSecret' | 'apiUrl' | 'formsUrl'>;
};

/** Throws `bad_configuration` like `readConfig`. */
export function readEraseConfig(env: NodeJS.ProcessEnv): EraseConfig {
  const e = parseVariables(
    env,
    variables.pick({
      HUBSPOT_CLIENT_ID: true,
      HUBSPOT_CLIENT_SECRET: true,
      HUBSPOT_API_URL: true,
      HUBSPOT_FORMS_URL: true,
    }),
    { refused: 'The command cannot run', hint: 'Run it with the same environment as the server.' },
  );
  return {
    ...readOperatorConfig(env),
    hubspot: {
      clientId: e.HUBSPOT_CLIENT_ID,
      clientSecret: e.HUBSPOT_CLIENT_SECRET,
      apiUrl: e.HUBSPOT_API_URL,
      formsUrl: e.HUBSPOT_FORMS_URL,
    },
  };
}

function parseVariables<T>(env: NodeJS.ProcessEnv, schema: z.ZodType<T>, o: { refused: string; hint: string }): T {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(present);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]) as keyof typeof VARIABLES;
    const about = VARIABLES[name];
    const problem = name in present ? issue.message : 'is missing';
    return `  ${name} ${problem}\n      what for: ${about.why}\n      from:     ${about.where}`;
  });
  throw new AppError('bad_configuration', {
    message: `${o.refused}: ${lines.length} of its settings ${lines.length === 1 ? 'is' : 'are'} missing or wrong.\n\n${lines.join('\n')}\n\n${o.hint}`,
  });
}

/** The environment of this process, for those who start it; nobody else reads it. */
export const environment: NodeJS.ProcessEnv = process.env;
