import { fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serialize } from 'node:v8';
import type { LoadJob, LoadResult } from './load-worker.ts';

export type Load = {
  put(job: Pick<LoadJob, 'connections' | 'durationMs' | 'rate' | 'repeat'> & { from?: number }): Promise<LoadResult>;
  close(): Promise<void>;
};

/** Keeps the requests in a file, so that every load is put by a fresh process that has nothing to prepare. */
export async function prepareLoad(url: string, requests: Buffer[]): Promise<Load> {
  const dir = await mkdtemp(path.join(tmpdir(), 'flowella-load-'));
  const requestsFile = path.join(dir, 'requests.bin');
  await writeFile(requestsFile, serialize(requests));
  const { hostname, port } = new URL(url);
  return {
    put: (job) =>
      new Promise((resolve, reject) => {
        const child = fork(path.join(import.meta.dirname, 'load-worker.ts'));
        child.once('message', (result) => resolve(result as LoadResult)); // written by load-worker.ts only
        child.once('exit', (code) => reject(new Error(`The load generator ended with ${code}`)));
        child.send({ host: hostname, port: Number(port), requestsFile, from: 0, ...job } satisfies LoadJob);
      }),
    close: () => rm(dir, { recursive: true, force: true }),
  };
}

/** A complete HTTP request as it goes over the wire. */
export function httpPost(url: string, headers: Record<string, string>, body: Buffer): Buffer {
  const { host, pathname } = new URL(url);
  const lines = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${host}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]);
}
