import { spawn, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { until } from '../../support/until.ts';
import type { ServeOrder } from '../serve.ts';

/** A server in a process of its own. */
export type ServerProcess = {
  pid: number;
  /** False from the moment it is killed, or when it ended by itself. */
  isAlive(): boolean;
  setClock(offsetMs: number): void;
  /** kill -9, at whatever it is doing. */
  kill(): Promise<void>;
};

const READY_DEADLINE_MS = 60_000;

/** Starts it and waits until it listens. `lines` gets what it writes to its terminal; `file` is where its order is written. */
export async function startServerProcess(file: string, order: ServeOrder, lines: string[]): Promise<ServerProcess> {
  await writeFile(file, JSON.stringify(order), { mode: 0o600 });
  const child = spawn(process.execPath, [path.join(import.meta.dirname, '../serve.ts'), file], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let isReady = false;
  const keep = (chunk: Buffer): void => {
    if (String(chunk).startsWith('ready')) isReady = true;
    else lines.push(String(chunk));
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.stdin.on('error', () => {});
  let isKilled = false;
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  child.once('exit', (code, signal) => {
    if (!isKilled) lines.push(`process ${child.pid} ended by itself: ${signal ?? code}\n`);
  });
  await until(() => {
    if (hasEnded()) throw new Error(`The server did not start:\n${lines.join('').slice(-2_000)}`);
    return isReady;
  }, READY_DEADLINE_MS);
  return {
    pid: child.pid ?? 0,
    isAlive: () => !isKilled && !hasEnded(),
    setClock: (offsetMs) => void child.stdin.write(`${offsetMs}\n`),
    async kill() {
      isKilled = true;
      await killed(child);
    },
  };
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}
