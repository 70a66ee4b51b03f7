import type { PgBoss } from 'pg-boss';
import type { Config } from './config.ts';
import { KEYS_QUEUE } from './db/job-schema.ts';
import { repeat } from './observe/repeat.ts';
import type { KeyServices } from './whatsapp/flow-keys.ts';
import { tendKeys } from './whatsapp/tend-keys.ts';

/** Every process asks for a round this often; the queue makes one of all of them. */
const ASK_EVERY_MS = 60_000;
const ROUND_EVERY_SECONDS = 300;
const POLLING_SECONDS = 30;

type KeysServices = KeyServices & { config: Pick<Config, 'keyRotationDays'> };

/** Keys are looked after by one process at a time, whichever takes the job; the answer stops between two accounts. */
export async function startKeys(
  services: KeysServices,
  boss: PgBoss,
  options: { askEveryMs?: number; pollingSeconds?: number } = {},
): Promise<{ stop(): Promise<void> }> {
  let isStopping = false;
  let round: Promise<unknown> = Promise.resolve();
  await boss.work(
    KEYS_QUEUE,
    { batchSize: 1, pollingIntervalSeconds: options.pollingSeconds ?? POLLING_SECONDS },
    async () => {
      const work = tendKeys(
        { ...services, wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
        { rotationDays: services.config.keyRotationDays, isStopping: () => isStopping },
      );
      round = work.catch(() => undefined);
      const done = await work;
      if (done.registered + done.rotated + done.retired + done.failed > 0)
        services.log.info({ ...done }, 'keys were looked after');
    },
  );
  const asking = repeat('keys', options.askEveryMs ?? ASK_EVERY_MS, services.log, () =>
    boss.send(KEYS_QUEUE, {}, { singletonSeconds: ROUND_EVERY_SECONDS }),
  );
  return {
    async stop() {
      isStopping = true;
      await asking.stop();
      await boss.offWork(KEYS_QUEUE);
      await round;
    },
  };
}
