import { toAppError } from './app-error.ts';
import { environment, readConfig, readSandboxPort, wantsSandbox } from './config.ts';
import { runServer } from './run-server.ts';

/**
 * `npm start`: the server where it is configured, the sandbox where nothing is. Ctrl-C and SIGTERM close everything in order;
 * a second one ends at once.
 */
async function main(): Promise<void> {
  const running = wantsSandbox(environment)
    ? await (await import('./run-sandbox.ts')).runSandbox({ port: readSandboxPort(environment) })
    : await startProduction();
  let closing = false;
  const close = (): void => {
    if (closing) process.exit(1);
    closing = true;
    running.close().then(
      () => process.exit(0),
      (err: unknown) => fail(err),
    );
  };
  process.on('SIGINT', close);
  process.on('SIGTERM', close);
}

async function startProduction(): Promise<{ close(): Promise<void> }> {
  const server = await runServer(readConfig(environment));
  process.stdout.write(`Flowella serves ${server.config.publicUrl} on ${server.address}\n`);
  return server;
}

function fail(err: unknown): never {
  const error = toAppError(err);
  process.stderr.write(`${error.message}\n`);
  if (error.status === 500 && error.code === 'internal') process.stderr.write(`${error.stack ?? ''}\n`);
  process.exit(1);
}

main().catch(fail);
