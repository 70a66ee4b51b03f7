import type { Clock } from '../clock.ts';
import type { Db, PortalId } from '../db/db.ts';
import type { WakeUps } from '../delivery/wake-ups.ts';
import type { Language } from '../hubspot/language.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import type { MasterKey } from '../keys/vault.ts';
import type { Log } from '../observe/log.ts';
import type { GraphClient } from './graph-client.ts';

/** What every function of this room works with. Made once at start; nothing in it is global. */
export type WhatsappServices = {
  db: Db;
  keys: PortalKeys;
  /** Signs flow tokens. */
  keyring: readonly MasterKey[];
  clock: Clock;
  log: Log;
  config: { publicUrl: string };
  graph: GraphClient;
};

/** A contact as the sender needs it: the asked properties only, as HubSpot's strings. */
export type SendableContact = {
  contactId: string;
  displayName: string;
  properties: Record<string, string | null | undefined>;
};

/** Reads one contact of HubSpot; null when it is gone. `properties` are HubSpot's internal names. */
export type ReadContact = (
  portalId: PortalId,
  contactId: string,
  properties: string[],
) => Promise<SendableContact | null>;

export type SendServices = WhatsappServices & { readContact: ReadContact };

/** A light flow's answers, or a repeat of a connected one's: accepted once, whoever is first (design, *Accept once*). */
export type OnFlowReply = (
  portalId: PortalId,
  reply: { sendId: string; responseJson: unknown; receivedAt: Date },
) => Promise<void>;

export type InboxServices = WhatsappServices & { onFlowReply: OnFlowReply; wakeUps: WakeUps };

export type { Language };
