import type { Config } from '../../config.ts';
import { createLog } from '../../observe/log.ts';
import { runServer } from '../../run-server.ts';

/**
 * The drill's server, in a process of its own as in production: what rotates a key shares no memory with it. It is told its
 * configuration once, answers `ready` or `failed`, and ends when its parent does.
 */
export type ServeAnswer = { kind: 'ready' } | { kind: 'failed'; message: string };

process.once('message', (config: Config) => {
  const masterKeys = config.masterKeys.map(({ id, key }) => ({ id, key: Buffer.from(key) }));
  runServer({ ...config, masterKeys }, { log: createLog({ level: 'silent' }) }).then(
    (server) => {
      process.once('disconnect', () => void server.close().finally(() => process.exit(0)));
      answer({ kind: 'ready' });
    },
    (err: unknown) => {
      answer({ kind: 'failed', message: err instanceof Error ? err.message : String(err) });
      process.disconnect();
    },
  );
});

function answer(message: ServeAnswer): void {
  process.send?.(message);
}
