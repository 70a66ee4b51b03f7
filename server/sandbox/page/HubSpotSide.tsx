import { useCallback, useEffect, useMemo, useRef, useState, type ReactElement, type ReactNode } from 'react';
import { HubSpotExtension, type CrmRecord } from '../card-host/HubSpotExtension.tsx';
import type { AlertMessage, ExtensionContext, ExtensionLocation } from '../card-host/protocol.ts';
import { RecordPage, type RecordActivity, type RecordProperty } from './hubspot/RecordPage.tsx';
import { SettingsPage } from './hubspot/SettingsPage.tsx';
import type { Locale, PageTexts } from './page-texts.ts';
import { usePoll } from './use-poll.ts';
import type { Place } from './use-route.ts';
import { nameOf, type Contact, type ContactRecord, type Portal, type User, type Vendors, type World } from './world.ts';

export type HubSpotSideProps = {
  world: World;
  vendors: Vendors;
  portal: Portal;
  user: User;
  locale: Locale;
  texts: PageTexts;
  place: Place;
  contacts: Contact[];
};

/** Shown first on a record; the rest follows by name. */
const FIRST_PROPERTIES = ['email', 'mobilephone', 'phone', 'company', 'city', 'country', 'lifecyclestage'];
/** HubSpot's own bookkeeping, which no record page shows. */
const BOOKKEEPING = /^(hs_(?!whatsapp|language)|createdate$|lastmodifieddate$|hubspot_owner_id$|firstname$|lastname$)/;
const REFRESH_MS = 2_000;

/** One HubSpot account: its contacts, a contact's record with our cards, and the settings of the app. */
export function HubSpotSide(props: HubSpotSideProps): ReactElement {
  return (
    <div className="hs-page">
      <HubSpotBar {...props} />
      <Page {...props} />
    </div>
  );
}

function Page(props: HubSpotSideProps): ReactElement {
  const { place, portal, world } = props;
  if (!portal.installedApps.includes(world.appId)) return <InstallInvitation {...props} />;
  switch (place.kind) {
    case 'settings':
      return <Settings key={portal.portalId} {...props} />;
    case 'contact':
      return <Record key={`${portal.portalId} ${place.contactId}`} {...props} contactId={place.contactId} />;
    case 'form':
      return (
        <Notice title={props.texts.formTitle} text={props.texts.formText}>
          <a className="sb-primary" href={`#/${portal.portalId}/contacts`}>
            {props.texts.contacts}
          </a>
        </Notice>
      );
    case 'contacts':
      return <Contacts {...props} />;
  }
}

/** HubSpot's own bar: where one is, and the two pages the sandbox has of it. */
function HubSpotBar({ portal, place, texts }: HubSpotSideProps): ReactElement {
  const links = [
    { kind: 'contacts', title: texts.contacts },
    { kind: 'settings', title: texts.settings },
  ] as const;
  return (
    <nav className="hs-bar" aria-label={texts.pages}>
      <strong>HubSpot</strong>
      {links.map(({ kind, title }) => (
        <a
          key={kind}
          href={`#/${portal.portalId}/${kind}`}
          aria-current={place.kind === kind ? 'page' : undefined}
          data-here={place.kind === kind || (kind === 'contacts' && place.kind === 'contact')}
        >
          {title}
        </a>
      ))}
      <span>{portal.accountName}</span>
    </nav>
  );
}

function InstallInvitation({ world, portal, texts }: HubSpotSideProps): ReactElement {
  return (
    <Notice title={portal.accountName} text={texts.installText}>
      <a className="sb-primary" href={`${world.serverUrl}/oauth/start`}>
        {texts.install}
      </a>
    </Notice>
  );
}

function Notice(props: { title: string; text: string; children?: ReactNode }): ReactElement {
  return (
    <main className="sb-invitation">
      <h1>{props.title}</h1>
      <p>{props.text}</p>
      {props.children}
    </main>
  );
}

function Contacts({ portal, contacts, texts }: HubSpotSideProps): ReactElement {
  return (
    <main className="sb-contacts">
      <h1>{texts.contacts}</h1>
      <Guide text={texts.contactsGuide} texts={texts} />
      <ul className="hs-card">
        {contacts.map((contact) => (
          <li key={contact.id}>
            <a href={`#/${portal.portalId}/contacts/${contact.id}`}>{nameOf(contact)}</a>
            <span>{contact.properties.company ?? ''}</span>
            <span>{contact.properties.mobilephone ?? contact.properties.phone ?? texts.noNumber}</span>
          </li>
        ))}
      </ul>
    </main>
  );
}

/** What to do first, for newcomers. */
function Guide({ text, texts }: { text: string; texts: PageTexts }): ReactElement {
  return (
    <p className="sb-guide">
      {text} <span className="sb-guide__narrow">{texts.phoneGuideNarrow}</span>
    </p>
  );
}

function Record(props: HubSpotSideProps & { contactId: string }): ReactElement {
  const { vendors, portal, contactId, texts, locale } = props;
  const read = useCallback(() => vendors.contact(portal.portalId, contactId), [vendors, portal.portalId, contactId]);
  const { value: record, failed, again } = usePoll(read, REFRESH_MS);
  const changed = useChanged(record);
  const crm = useCrm(record);
  const extension = useExtension(props, contactId);
  if (!record) return <p className="sb-note">{failed ? texts.noContact : texts.loadingContact}</p>;
  const card = (entry: string, location: ExtensionLocation, title: string) => ({
    id: entry,
    title,
    render: (onAlert: (alert: AlertMessage) => void) => (
      <HubSpotExtension {...extension(entry, location, title)} crm={crm} onAlert={onAlert} onReload={again} />
    ),
  });
  return (
    <RecordPage
      texts={texts}
      contactName={nameOf(record)}
      subtitle={record.properties.email ?? ''}
      properties={propertiesOf(record)}
      changed={changed}
      activities={activitiesOf(record, locale)}
      cards={[
        card('FlowsCard', 'crm.record.tab', 'WhatsApp flows'),
        card('SubmissionsCard', 'crm.record.tab', 'WhatsApp submissions'),
      ]}
    />
  );
}

function Settings(props: HubSpotSideProps): ReactElement {
  const { portal, world, texts } = props;
  const extension = useExtension(props, null);
  const account = world.accounts.find((one) => one.portalId === portal.portalId);
  return (
    <SettingsPage
      texts={texts}
      appName="Flowella"
      render={(onAlert) => (
        <>
          <Guide text={texts.settingsGuide} texts={texts} />
          {account ? <AtHand account={account} texts={texts} /> : null}
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
function AtHand({ account, texts }: { account: World['accounts'][number]; texts: PageTexts }): ReactElement {
  const fields = ['appId', 'appSecret', 'wabaId', 'phoneNumberId', 'accessToken'] as const;
  return (
    <details className="sb-at-hand">
      <summary>{texts.atHand}</summary>
      {fields.map((field) => (
        <label key={field}>
          <span>{texts.atHandFields[field]}</span>
          <input readOnly value={account[field]} onFocus={(event) => event.target.select()} />
        </label>
      ))}
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
    .map(([name, value]) => ({
      name,
      label: record.definitions[name]?.label ?? name,
      value: shownValue(record, name, value ?? ''),
    }))
    .toSorted((a, b) => rank(a.name) - rank(b.name) || a.label.localeCompare(b.label));
}

/** The labels of the options chosen, as HubSpot shows them; several are kept with semicolons between. */
function shownValue(record: ContactRecord, name: string, value: string): string {
  const options = record.definitions[name]?.options ?? [];
  if (options.length === 0) return value;
  return value
    .split(';')
    .map((one) => options.find((option) => option.value === one)?.label ?? one)
    .join(', ');
}

function activitiesOf(record: ContactRecord, locale: Locale): RecordActivity[] {
  return record.timeline.map((entry) => ({
    id: `${entry.kind} ${entry.id}`,
    title: entry.title,
    when: new Date(entry.at).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' }),
    text:
      new DOMParser().parseFromString((entry.body ?? '').replace(/<br\s*\/?>|<\/p>|<\/li>/g, '\n'), 'text/html').body
        .textContent ?? '',
  }));
}
