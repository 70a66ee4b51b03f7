import { DESTINATION_KINDS } from '../destinations/destination.ts';
import { AppError } from '../app-error.ts';
import type { PortalId } from '../db/db.ts';
import { replayDelivery } from '../delivery/replay-delivery.ts';
import { replayStopped, type StoppedFilter } from '../delivery/replay-stopped.ts';
import { appendAudit } from '../audit/audit.ts';
import { withPortal } from '../db/db.ts';
import { viewStopped } from '../submissions/view-stopped.ts';
import { portalsWithDataKey, type OperatorServices } from './operator-services.ts';
import { DELIVERIES_USAGE } from './usage.ts';

export type DeliveriesOptions = {
  portal?: string | undefined;
  delivery?: string | undefined;
  destination?: string | undefined;
  reason?: string | undefined;
  all?: boolean | undefined;
};
/** What is replayed; parsed before the database is opened. */
type Asked = { portalId: PortalId; what: { deliveryId: string } | { filter: StoppedFilter } };
export type DeliveriesCall = { name: 'list'; portalId: PortalId | null } | ({ name: 'replay' } & Asked);

/** Reads the command's words. Throws `usage` with what is wrong and how it is called. */
export function parseDeliveriesCall(positionals: readonly string[], options: DeliveriesOptions): DeliveriesCall {
  const [name, ...rest] = positionals;
  if (rest.length > 0) throw usage(`${rest.join(' ')} is too much`);
  const portalId = options.portal === undefined ? null : Number(options.portal);
  if (portalId !== null && !(Number.isSafeInteger(portalId) && portalId > 0))
    throw usage(`--portal must be the number of a HubSpot account, not "${options.portal}"`);
  const { portal: _portal, ...others } = options;
  const given = Object.keys(others).filter((key) => others[key as keyof typeof others] !== undefined);
  switch (name) {
    case 'list':
      if (given.length > 0) throw usage(`--${given[0]} belongs to "deliveries replay"`);
      return { name, portalId };
    case 'replay':
      if (portalId === null) throw usage('Say of which HubSpot account: --portal ID');
      return { name, portalId, what: askedOf(options) };
    default:
      throw usage(name ? `There is no "deliveries ${name}"` : 'Say what to do with the deliveries');
  }
}

function askedOf({ delivery, destination, reason, all }: DeliveriesOptions): Asked['what'] {
  const ways = [delivery !== undefined, destination !== undefined || reason !== undefined, all === true];
  if (ways.filter(Boolean).length !== 1)
    throw usage('Say what to try again: --delivery ID, or --destination NAME --reason CODE, or --all');
  if (delivery !== undefined) return { deliveryId: delivery };
  if (all) return { filter: null };
  if (destination === undefined || reason === undefined)
    throw usage('--destination and --reason go together: "flowella deliveries list" prints both');
  if (!DESTINATION_KINDS.some((kind) => kind === destination))
    throw usage(`There is no destination "${destination}": it is one of ${DESTINATION_KINDS.join(', ')}`);
  return { filter: { destination, code: reason } };
}

/** Lists what stopped, or tries it again; the workers find within a second what was put back. */
export async function runDeliveriesCall(services: OperatorServices, call: DeliveriesCall): Promise<unknown> {
  const known = await portalsWithDataKey(services);
  if (call.portalId !== null && !known.includes(call.portalId))
    throw new AppError('portal_not_found', { message: `There is no HubSpot account ${call.portalId} on this server` });
  if (call.name === 'replay') return replay(services, call);
  const portals = call.portalId === null ? known : [call.portalId];
  const views = [];
  for (const portalId of portals) views.push({ portalId, ...(await viewStopped(services, portalId, 'en')) });
  return { portals: call.portalId === null ? views.filter((view) => view.groups.length > 0) : views };
}

/** A worker's sweeper looks every second: the operator's process has no queue of its own. */
const NO_WAKE_UPS = { add: () => Promise.resolve() };

async function replay(services: OperatorServices, { portalId, what }: Asked): Promise<unknown> {
  const tools = { ...services, wakeUps: NO_WAKE_UPS };
  if ('filter' in what) {
    let replayed = 0;
    for (;;) {
      const round = await replayStopped(tools, portalId, { filter: what.filter, actor: 'operator' });
      replayed += round.replayed;
      if (round.remaining > 0) continue;
      if (replayed === 0 && what.filter) throw nothingStopped(portalId, what.filter);
      return { replayed };
    }
  }
  try {
    await replayDelivery(tools, portalId, what.deliveryId);
  } catch (err) {
    throw forOperators(err, portalId, what.deliveryId);
  }
  await withPortal(services.db, portalId, (tx) =>
    appendAudit(tx, portalId, services.clock.now(), {
      actor: 'operator',
      action: 'delivery.replayed',
      subject: what.deliveryId,
    }),
  );
  return { replayed: 1 };
}

/** Most likely a code that is written otherwise: an answer of "replayed: 0" would look like success. */
function nothingStopped(portalId: PortalId, { destination, code }: NonNullable<StoppedFilter>): AppError {
  return new AppError('nothing_stopped', {
    message: `Nothing of the HubSpot account ${portalId} stopped at "${destination}" for the reason "${code}": "flowella deliveries list --portal ${portalId}" prints what did`,
  });
}

/** The sentences of the card speak of a page that is loaded again. */
function forOperators(err: unknown, portalId: PortalId, deliveryId: string): unknown {
  if (!(err instanceof AppError)) return err;
  const words: Record<string, string> = {
    delivery_not_found: `There is no delivery "${deliveryId}" in the HubSpot account ${portalId}: an id is dlv_ and 20 characters, as the API and the logs have it`,
    delivery_not_replayable: `The delivery ${deliveryId} is done, cancelled or under way: there is nothing to try again`,
  };
  const message = words[err.code];
  return message === undefined ? err : new AppError(err.code, { status: err.status, message, cause: err });
}

function usage(message: string): AppError {
  return new AppError('usage', { message: `${message}.\nusage: flowella ${DELIVERIES_USAGE}` });
}
