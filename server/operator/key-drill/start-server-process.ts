import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Config } from '../../config.ts';
import type { ServeAnswer } from './serve.ts';

const START_DEADLINE_MS = 30_000;
/** The server gives its own parts ten seconds to end. */
const CLOSE_DEADLINE_MS = 20_000;

/** Starts the server in another process; answers how to end it. Throws what hindered its start. */
export async function startServerProcess(config: Config): Promise<() => Promise<void>> {
  const child = fork(path.join(import.meta.dirname, 'serve.ts'), { serialization: 'advanced', stdio: 'ignore' });
  const exited = once(child, 'exit');
  child.send(config);
  try {
    const answer = await firstAnswer(child);
    if (answer.kind === 'failed') throw new Error(`The drill's server did not start: ${answer.message}`);
  } catch (err) {
    child.kill('SIGKILL');
    throw err;
  }
  return async () => {
    if (child.connected) child.disconnect();
    const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_DEADLINE_MS);
    await exited;
    clearTimeout(timer);
  };
}

function firstAnswer(child: ChildProcess): Promise<ServeAnswer> {
  return new Promise((resolve) => {
    const settle = (answer: ServeAnswer): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    const fail = (message: string): void => settle({ kind: 'failed', message });
    const timer = setTimeout(() => fail(`nothing was heard within ${START_DEADLINE_MS / 1_000} s`), START_DEADLINE_MS);
    child.once('message', settle);
    child.once('error', (err) => fail(err.message));
    child.once('exit', (code) => fail(`its process ended with ${code}`));
  });
}
