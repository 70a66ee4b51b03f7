import { AppError } from '../app-error.ts';
import type { EraseConfig, OperatorConfig } from '../config.ts';
import type { PortalId } from '../db/db.ts';
import { createBudgets } from '../hubspot/budgets.ts';
import { createHubSpotClient } from '../hubspot/create-hubspot-client.ts';
import { createHubSpotTokens } from '../hubspot/tokens.ts';
import { eraseContact, type ErasedCounts } from '../whatsapp/erase-contact.ts';
import { countPortalRows, erasePortal } from './erase-portal.ts';
import { exportPerson, type PersonExport } from './export-person.ts';
import { withOperator, type OperatorServices } from './operator-services.ts';
import { PERSON_USAGE, PORTAL_USAGE } from './usage.ts';

type Options = { portal?: string | undefined; contact?: string | undefined; yes?: boolean | undefined };
export type ErasedPerson = { portalId: PortalId; contactId: string; erased: ErasedCounts };
export type ErasedPortalOutput = { portalId: PortalId; erased: boolean; rows: Record<string, number> };

/** `flowella person export|erase`. Throws `usage`, `portal_not_found` and what the vendors' clients throw. */
export async function personCommand(
  positionals: readonly string[],
  options: Options,
  rim: { readOperator: () => OperatorConfig; readErase: () => EraseConfig },
): Promise<PersonExport | ErasedPerson> {
  const [name, ...rest] = positionals;
  if (rest.length > 0 || (name !== 'export' && name !== 'erase'))
    throw usage(unknownWords('person', positionals), PERSON_USAGE);
  const portalId = portalOption(options, PERSON_USAGE);
  const contactId = options.contact ?? '';
  if (!/^[1-9]\d{0,17}$/.test(contactId))
    throw usage("Say which contact: --contact and HubSpot's number of it", PERSON_USAGE);
  if (name === 'export')
    return withOperator(rim.readOperator(), (services) => exportPerson(services, portalId, contactId));
  const config = rim.readErase();
  return withOperator(config, async (services) => {
    const erased = await eraseContact(withHubSpot(services, config), portalId, contactId, 'operator');
    if (!erased)
      throw new AppError('portal_not_found', {
        message: `There is no HubSpot account ${portalId} on this server, or it was erased: nothing is left of it`,
      });
    return { portalId, contactId, erased };
  });
}

/** `flowella portal erase`. Without `--yes` it counts and erases nothing. */
export async function portalCommand(
  positionals: readonly string[],
  options: Options,
  readConfig: () => OperatorConfig,
): Promise<ErasedPortalOutput> {
  if (positionals.length !== 1 || positionals[0] !== 'erase')
    throw usage(unknownWords('portal', positionals), PORTAL_USAGE);
  const portalId = portalOption(options, PORTAL_USAGE);
  return withOperator(readConfig(), async (services) =>
    options.yes === true
      ? { erased: true, ...(await erasePortal(services, portalId, 'operator')) }
      : { erased: false, ...(await countPortalRows(services, portalId)) },
  );
}

function unknownWords(command: string, positionals: readonly string[]): string {
  const words = positionals.join(' ').trim();
  return words === '' ? `Say what to do with the ${command}` : `There is no "${command} ${words}"`;
}

function portalOption({ portal }: Options, text: string): PortalId {
  const id = /^[1-9]\d{0,14}$/.test(portal ?? '') ? Number(portal) : NaN;
  if (Number.isSafeInteger(id)) return id;
  throw usage('Say which HubSpot account: --portal and its number', text);
}

function withHubSpot(services: OperatorServices, config: EraseConfig) {
  const { db, keys, clock, log } = services;
  const { apiUrl, formsUrl } = config.hubspot;
  const tokens = createHubSpotTokens({ db, keys, clock, app: config.hubspot });
  const hubspot = createHubSpotClient({
    apiUrl,
    formsUrl,
    db,
    tokens,
    budgets: createBudgets({ db, clock }),
    clock,
    log,
  });
  return { db, keys, clock, log, hubspot };
}

function usage(problem: string, text: string): AppError {
  return new AppError('usage', { message: `${problem}.\nusage: flowella ${text}` });
}
