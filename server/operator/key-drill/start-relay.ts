import { connect, createServer, type Socket } from 'node:net';

export type Relay = {
  /** Connections that each server has been given so far. */
  given(): number[];
  close(): Promise<void>;
};

/** One address for several servers on this machine's loopback, as a load balancer has it: each connection goes to the next of them. */
export async function startRelay(port: number, targets: readonly number[]): Promise<Relay> {
  const given = targets.map(() => 0);
  const open = new Set<Socket>();
  let turn = 0;
  const relay = createServer((caller) => {
    const index = (turn += 1) % targets.length;
    given[index] = (given[index] ?? 0) + 1;
    const server = connect(targets[index] ?? 0, '127.0.0.1');
    for (const [from, to] of [
      [caller, server],
      [server, caller],
    ] as const) {
      open.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve, reject) => {
    relay.once('error', reject);
    relay.listen(port, '127.0.0.1', resolve);
  });
  return {
    given: () => [...given],
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => relay.close(resolve));
    },
  };
}
