import { BlockList, isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics.ts';

const near = new BlockList();
near.addSubnet('127.0.0.0', 8);
near.addSubnet('10.0.0.0', 8);
near.addSubnet('172.16.0.0', 12);
near.addSubnet('192.168.0.0', 16);
near.addSubnet('169.254.0.0', 16);
near.addAddress('::1', 'ipv6');
near.addSubnet('fc00::', 7, 'ipv6');
near.addSubnet('fe80::', 10, 'ipv6');

/** `/metrics` in Prometheus' text format, for the operator's own network only: how much a customer submits is nobody's business. */
export function metricsRoute(app: FastifyInstance, metrics: Metrics): void {
  app.get(
    '/metrics',
    { schema: { summary: 'Counters for the operator, from a private address only', tags: ['operator'] } },
    async (request, reply) => {
      if (!isNear(request.ip)) return reply.callNotFound();
      return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
    },
  );
}

/** True for this machine and private networks (RFC 1918, RFC 4193, link-local). */
export function isNear(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '');
  const version = isIP(plain);
  return version !== 0 && near.check(plain, version === 6 ? 'ipv6' : 'ipv4');
}
