import { useCallback, useEffect, useMemo, useRef, useState, type ReactElement } from 'react';
import { HubSpotExtension, type CrmRecord } from '../card-host/HubSpotExtension.tsx';
import type { AlertMessage, ExtensionContext, ExtensionLocation } from '../card-host/protocol.ts';
import { RecordPage, type RecordActivity, type RecordProperty } from './hubspot/RecordPage.tsx';
import { SettingsPage } from './hubspot/SettingsPage.tsx';
import { usePoll } from './use-poll.ts';
import { nameOf, type Contact, type ContactRecord, type Portal, type User, type Vendors, type World } from './world.ts';

export type Place = { kind: 'contacts' } | { kind: 'contact'; contactId: string } | { kind: 'settings' };
export type HubSpotSideProps = {
  world: World;
  vendors: Vendors;
  portal: Portal;
  user: User;
  locale: 'en' | 'de';
  place: Place;
  contacts: Contact[];
  onRecord: () => void;
};

/** Shown first on a record; the rest follows by name. */
const FIRST_PROPERTIES = ['email', 'mobilephone', 'phone', 'company', 'city', 'country', 'lifecyclestage'];
/** HubSpot's own bookkeeping, which no record page shows. */
const BOOKKEEPING = /^(hs_(?!whatsapp|language)|createdate$|lastmodifieddate$|hubspot_owner_id$|firstname$|lastname$)/;
const REFRESH_MS = 2_000;

/** One HubSpot account: its contacts, a contact's record with our cards, and the settings of the app. */
export function HubSpotSide(props: HubSpotSideProps): ReactElement {
  const { place, portal, world } = props;
  if (!portal.installedApps.includes(world.appId)) return <InstallInvitation {...props} />;
  if (place.kind === 'settings') return <Settings key={portal.portalId} {...props} />;
  if (place.kind === 'contact')
    return <Record key={`${portal.portalId} ${place.contactId}`} {...props} contactId={place.contactId} />;
  return <Contacts {...props} />;
}

function InstallInvitation({ world, portal }: HubSpotSideProps): ReactElement {
  return (
    <div className="hs-page">
      <main className="sb-invitation">
        <h1>{portal.accountName}</h1>
        <p>
          The app is not installed in this account yet. Install it as an admin would from HubSpot&apos;s marketplace,
          then connect WhatsApp and publish a form.
        </p>
        <a className="sb-primary" href={`${world.serverUrl}/oauth/start`}>
          Install Flowella
        </a>
      </main>
    </div>
  );
}

function Contacts({ portal, contacts }: HubSpotSideProps): ReactElement {
  return (
    <div className="hs-page">
      <div className="hs-bar">
        <strong>HubSpot</strong>
        <span>CRM › Contacts</span>
        <span>{portal.accountName}</span>
      </div>
      <main className="sb-contacts">
        <h1>Contacts</h1>
        <ul className="hs-card">
          {contacts.map((contact) => (
            <li key={contact.id}>
              <a href={`#/${portal.portalId}/contacts/${contact.id}`}>{nameOf(contact)}</a>
              <span>{contact.properties.company ?? ''}</span>
              <span>{contact.properties.mobilephone ?? contact.properties.phone ?? 'no number'}</span>
            </li>
          ))}
        </ul>
      </main>
    </div>
  );
}

function Record(props: HubSpotSideProps & { contactId: string }): ReactElement {
  const { vendors, portal, contactId, world } = props;
  const read = useCallback(() => vendors.contact(portal.portalId, contactId), [vendors, portal.portalId, contactId]);
  const { value: record, failed, again } = usePoll(read, REFRESH_MS);
  const changed = useChanged(record);
  const crm = useCrm(record);
  const extension = useExtension(props, contactId);
  if (!record)
    return (
      <p className="sb-note">{failed ? 'This contact cannot be read. Is it still there?' : 'Loading the contact …'}</p>
    );
  const card = (entry: string, location: ExtensionLocation, title: string) => ({
    id: entry,
    title,
    render: (onAlert: (alert: AlertMessage) => void) => (
      <HubSpotExtension {...extension(entry, location, title)} crm={crm} onAlert={onAlert} onReload={again} />
    ),
  });
  void world;
  return (
    <RecordPage
      portalName={portal.accountName}
      contactName={nameOf(record)}
      subtitle={record.properties.email ?? ''}
      properties={propertiesOf(record)}
      changed={changed}
      activities={activitiesOf(record)}
      cards={[
        card('FlowsCard', 'crm.record.tab', 'WhatsApp flows'),
        card('SubmissionsCard', 'crm.record.tab', 'Submissions'),
      ]}
    />
  );
}

function Settings(props: HubSpotSideProps): ReactElement {
  const { portal, world } = props;
  const extension = useExtension(props, null);
  const account = world.accounts.find((one) => one.portalId === portal.portalId);
  return (
    <SettingsPage
      portalName={portal.accountName}
      appName="Flowella"
      render={(onAlert) => (
        <>
          {account ? <AtHand account={account} /> : null}
          <HubSpotExtension
            {...extension('SettingsPage', 'settings', 'Flowella')}
            onAlert={onAlert}
            onReload={() => location.reload()}
          />
        </>
      )}
    />
  );
}

/** What an admin copies from Meta's pages, which nobody can open here. */
function AtHand({ account }: { account: World['accounts'][number] }): ReactElement {
  const lines = [
    ['App id', account.appId],
    ['App secret', account.appSecret],
    ['WhatsApp account id', account.wabaId],
    ['Phone number id', account.phoneNumberId],
    ['Access token', account.accessToken],
  ] as const;
  return (
    <details className="sb-at-hand">
      <summary>Sandbox: what you would copy from Meta to connect WhatsApp</summary>
      <dl>
        {lines.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <code>{value}</code>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

/** Everything a card gets from HubSpot, as props of its host; contexts keep their identity, since a new one restarts the card. */
function useExtension(props: HubSpotSideProps, contactId: string | null) {
  const { world, vendors, portal, user, locale } = props;
  const fetchFor = useMemo(
    () => vendors.cardFetch(portal.portalId, user.userId),
    [vendors, portal.portalId, user.userId],
  );
  const contexts = useRef(new Map<string, ExtensionContext>());
  return (entry: string, location: ExtensionLocation, title: string) => {
    const key = `${entry} ${location} ${user.userId} ${locale}`;
    let context = contexts.current.get(key);
    if (!context) {
      context = contextOf({ world, portal, user, locale, contactId, location, title });
      contexts.current.set(key, context);
    }
    return {
      workerUrl: `/cards/${world.cards.worker}`,
      bundleUrl: new URL(`/cards/${world.cards.entries[entry] ?? ''}`, window.location.href).href,
      context,
      fetch: fetchFor,
    };
  };
}

function contextOf(o: {
  world: World;
  portal: Portal;
  user: User;
  locale: string;
  contactId: string | null;
  location: ExtensionLocation;
  title: string;
}): ExtensionContext {
  const { user, portal, world } = o;
  return {
    location: o.location,
    user: {
      id: user.userId,
      email: user.email,
      emails: [user.email],
      firstName: user.firstName,
      lastName: user.lastName,
      roles: [],
      teams: [],
      locale: o.locale === 'de' ? 'de-de' : 'en-us',
      language: o.locale,
      permissions: user.permissions,
    },
    portal: { id: portal.portalId, timezone: portal.timeZone },
    variables: { API_ORIGIN: world.serverUrl },
    extension: { appId: world.appId, appName: 'Flowella', cardTitle: o.title },
    ...(o.contactId === null ? {} : { crm: { objectId: Number(o.contactId), objectTypeId: '0-1' } }),
  };
}

function useCrm(record: ContactRecord | null): CrmRecord {
  const latest = useRef(record);
  const watchers = useRef(new Set<() => void>());
  useEffect(() => {
    latest.current = record;
    for (const watcher of watchers.current) watcher();
  }, [record]);
  return useMemo(
    () => ({
      readProperties: async (names) => {
        const all = Object.fromEntries(
          Object.entries(latest.current?.properties ?? {}).map(([name, value]) => [name, value ?? '']),
        );
        return names === '*' ? all : Object.fromEntries(names.map((name) => [name, all[name] ?? '']));
      },
      watch: (callback) => {
        watchers.current.add(callback);
        return () => watchers.current.delete(callback);
      },
    }),
    [],
  );
}

/** Properties that changed while the record is open: marked, so that one sees what the answers did. */
function useChanged(record: ContactRecord | null): string[] {
  const first = useRef<ContactRecord | null>(null);
  const [changed, setChanged] = useState<string[]>([]);
  useEffect(() => {
    if (!record) return;
    first.current ??= record;
    const before = first.current.properties;
    setChanged(
      Object.keys(record.properties).filter((name) => (record.properties[name] ?? '') !== (before[name] ?? '')),
    );
  }, [record]);
  return changed;
}

function propertiesOf(record: ContactRecord): RecordProperty[] {
  const rank = (name: string): number => (FIRST_PROPERTIES.includes(name) ? FIRST_PROPERTIES.indexOf(name) : 99);
  return Object.entries(record.properties)
    .filter(([name, value]) => !BOOKKEEPING.test(name) && (value ?? '') !== '')
    .map(([name, value]) => ({ name, label: labelOf(name), value: value ?? '' }))
    .toSorted((a, b) => rank(a.name) - rank(b.name) || a.label.localeCompare(b.label));
}

function labelOf(name: string): string {
  const words = name.replace(/^flowella_/, 'WhatsApp ').replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function activitiesOf(record: ContactRecord): RecordActivity[] {
  return record.timeline.map((entry) => ({
    id: `${entry.kind} ${entry.id}`,
    title: entry.title,
    when: new Date(entry.at).toLocaleString(),
    text:
      new DOMParser().parseFromString((entry.body ?? '').replace(/<br\s*\/?>|<\/p>|<\/li>/g, '\n'), 'text/html').body
        .textContent ?? '',
  }));
}
