import { connect, type Socket } from 'node:net';
import { deserialize } from 'node:v8';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * The load generator, a process of its own on raw sockets: an HTTP client would take the processor from what is measured.
 * Requests are complete HTTP texts, sent as they are, one at a time on each connection.
 */
export const jobSchema = z.object({
  host: z.string(),
  port: z.number(),
  /** A v8-serialised `Buffer[]`. */
  requestsFile: z.string(),
  from: z.number(),
  connections: z.number(),
  durationMs: z.number(),
  /** Requests a second in all, measured from when each was due; null sends as fast as answers come. */
  rate: z.number().nullable(),
  /** Otherwise a request is sent at most once, and the load ends when all are sent. */
  repeat: z.boolean(),
});
export type LoadJob = z.output<typeof jobSchema>;
export type LoadResult = { sent: number; elapsedMs: number; latenciesMs: number[]; statuses: Record<string, number> };

const HEAD_END = Buffer.from('\r\n\r\n');

process.on('message', (message) => {
  run(jobSchema.parse(message)).then(
    (result) => process.send?.(result, () => process.exit(0)),
    (err: unknown) => {
      process.stderr.write(`${String(err)}\n`);
      process.exit(1);
    },
  );
});

async function run(job: LoadJob): Promise<LoadResult> {
  const requests = z.array(z.instanceof(Buffer)).parse(deserialize(readFileSync(job.requestsFile)));
  const sockets = await Promise.all(Array.from({ length: job.connections }, () => open(job)));
  const result: LoadResult = { sent: 0, elapsedMs: 0, latenciesMs: [], statuses: {} };
  const started = performance.now();
  let next = 0;
  await Promise.all(
    sockets.map(async (socket) => {
      const send = exchanger(socket);
      for (;;) {
        const index = next++;
        const due = job.rate === null ? performance.now() : started + (index * 1_000) / job.rate;
        if (due - started >= job.durationMs || (!job.repeat && job.from + index >= requests.length)) break;
        const early = due - performance.now();
        if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
        const request = requests[(job.from + index) % requests.length];
        if (!request) break;
        // A timer that fires late is the generator's fault, a connection that was not free the server's: so from when it was due,
        // unless the wait was the timer's.
        const from = early > 0 ? performance.now() : due;
        let status = await send(request);
        // Turned away for want of room: what can be sent once only is pressed again a moment later, and timed to its answer.
        for (; status === '421' && !job.repeat; status = await send(request)) {
          result.statuses[status] = (result.statuses[status] ?? 0) + 1;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        result.latenciesMs.push(performance.now() - from);
        result.sent += 1;
        result.statuses[status] = (result.statuses[status] ?? 0) + 1;
      }
    }),
  );
  result.elapsedMs = performance.now() - started;
  for (const socket of sockets) socket.destroy();
  return result;
}

function open(job: LoadJob): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(job.port, job.host, () => resolve(socket));
    socket.setNoDelay(true);
    socket.on('error', reject);
  });
}

/** One request at a time; answers its status when the whole answer is there. */
function exchanger(socket: Socket): (request: Buffer) => Promise<string> {
  let received = Buffer.alloc(0);
  let settle: { resolve(status: string): void; reject(err: Error): void } | null = null;
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const headEnd = received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const head = received.toString('latin1', 0, headEnd);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (received.length < headEnd + 4 + length) return;
    received = Buffer.alloc(0);
    settle?.resolve(head.slice(9, 12));
  });
  socket.on('close', () => settle?.reject(new Error('The server closed a connection')));
  return (request) =>
    new Promise((resolve, reject) => {
      settle = { resolve, reject };
      socket.write(request);
    });
}
