import type { z } from 'zod';

/** Obeys what the process that started this one asks for, one answer an order; ends with a message for a fault, and with that process. */
export function obeyOrders<T extends z.ZodType>(orders: T, obey: (order: z.output<T>) => Promise<object>): void {
  process.on('message', (message) => {
    obey(orders.parse(message)).then(
      (answer) => process.send?.(answer),
      (err: unknown) => {
        process.stderr.write(`${String(err)}\n`);
        process.exit(1);
      },
    );
  });
  // Whoever started it is gone: nothing is left behind.
  process.on('disconnect', () => process.exit(0));
}
