import { useCallback, useEffect, useMemo, useState, type ReactElement } from 'react';
import { PhoneChat } from '../../preview/phone/PhoneChat.tsx';
import { HubSpotSide, type Place } from './HubSpotSide.tsx';
import { usePoll } from './use-poll.ts';
import { nameOf, personOf, readWorld, vendors, type Contact, type Person, type Portal, type World } from './world.ts';

type Locale = 'en' | 'de';
const ACCOUNTS_MS = 5_000;

/** The two worlds side by side: HubSpot at the left, the person's phone at the right; on a narrow screen one at a time. */
export function SandboxPage(): ReactElement {
  const { value: world, failed } = usePoll(readWorld, 60_000);
  if (!world)
    return (
      <p className="sb-note">{failed ? 'The sandbox does not answer. Is "npm start" still running?' : 'Loading …'}</p>
    );
  return <Worlds world={world} />;
}

function Worlds({ world }: { world: World }): ReactElement {
  const api = useMemo(() => vendors(world), [world]);
  const { value: portals } = usePoll(api.portals, ACCOUNTS_MS);
  const { value: people } = usePoll(api.people, ACCOUNTS_MS);
  const route = useRoute();
  const portal = portals?.find((one) => one.portalId === route.portalId) ?? portals?.[0];
  if (!portal || !portals || !people) return <p className="sb-note">Loading …</p>;
  return <Account key={portal.portalId} {...{ world, api, portals, portal, people, place: route.place }} />;
}

type AccountProps = {
  world: World;
  api: ReturnType<typeof vendors>;
  portals: Portal[];
  portal: Portal;
  people: Person[];
  place: Place;
};

function Account({ world, api, portals, portal, people, place }: AccountProps): ReactElement {
  const readContacts = useCallback(() => api.contacts(portal.portalId), [api, portal.portalId]);
  const { value: contacts } = usePoll(readContacts, ACCOUNTS_MS);
  const [locale, setLocale] = useState<Locale>('en');
  const [side, setSide] = useState<'hubspot' | 'phone'>('hubspot');
  const [userId, setUserId] = useState(portal.users[0]?.userId);
  const user = portal.users.find((one) => one.userId === userId) ?? portal.users[0];
  const contact = place.kind === 'contact' ? (contacts?.find((one) => one.id === place.contactId) ?? null) : null;
  const own = useMemo(() => (contacts ?? []).flatMap((one) => personOf(one, people) ?? []), [contacts, people]);
  const [chosen, setChosen] = useState<string | null>(null);
  useEffect(() => setChosen(null), [place]);
  const waId = chosen ?? personOf(contact, people)?.waId ?? own[0]?.waId ?? people[0]?.waId ?? '';
  const number = world.accounts.find((one) => one.portalId === portal.portalId);
  if (!user || !contacts) return <p className="sb-note">Loading …</p>;
  return (
    <div className="sb" data-side={side}>
      <TopBar {...{ portals, portal, contact, locale, setLocale, userId: user.userId, setUserId, side, setSide }} />
      <div className="sb-worlds">
        <section className="sb-hubspot" aria-label="HubSpot">
          <HubSpotSide {...{ world, vendors: api, portal, user, locale, place, contacts }} onRecord={() => undefined} />
        </section>
        <section className="sb-phone" aria-label="Phone">
          <label className="sb-whose">
            Phone of
            <select value={waId} onChange={(event) => setChosen(event.target.value)}>
              {people.map((person) => (
                <option key={person.waId} value={person.waId}>
                  {person.name} (+{person.waId})
                </option>
              ))}
            </select>
          </label>
          <div className="sb-device">
            <PhoneChat
              metaStandInUrl={world.metaUrl}
              waId={waId}
              businessName={portal.accountName}
              phoneNumberId={number?.phoneNumberId}
              locale={locale}
            />
          </div>
        </section>
      </div>
    </div>
  );
}

type TopBarProps = {
  portals: Portal[];
  portal: Portal;
  contact: Contact | null;
  locale: Locale;
  setLocale: (locale: Locale) => void;
  userId: number;
  setUserId: (userId: number) => void;
  side: 'hubspot' | 'phone';
  setSide: (side: 'hubspot' | 'phone') => void;
};

/** The sandbox's own controls, apart from both worlds. */
function TopBar({
  portals,
  portal,
  contact,
  locale,
  setLocale,
  userId,
  setUserId,
  side,
  setSide,
}: TopBarProps): ReactElement {
  return (
    <header className="sb-top">
      <strong>Flowella sandbox</strong>
      <label>
        Account
        <select value={portal.portalId} onChange={(event) => (location.hash = `#/${event.target.value}/contacts`)}>
          {portals.map((one) => (
            <option key={one.portalId} value={one.portalId}>
              {one.accountName}
            </option>
          ))}
        </select>
      </label>
      <label>
        User
        <select value={userId} onChange={(event) => setUserId(Number(event.target.value))}>
          {portal.users.map((user) => (
            <option key={user.userId} value={user.userId}>
              {user.firstName} {user.lastName}
            </option>
          ))}
        </select>
      </label>
      <label>
        Language
        <select value={locale} onChange={(event) => setLocale(event.target.value === 'de' ? 'de' : 'en')}>
          <option value="en">English</option>
          <option value="de">Deutsch</option>
        </select>
      </label>
      <nav aria-label="HubSpot pages">
        <a href={`#/${portal.portalId}/contacts`}>Contacts</a>
        {contact ? <span aria-current="page">{nameOf(contact)}</span> : null}
        <a href={`#/${portal.portalId}/settings`}>Settings</a>
      </nav>
      <div className="sb-sides" role="group" aria-label="What to show">
        {(['hubspot', 'phone'] as const).map((one) => (
          <button key={one} type="button" aria-pressed={side === one} onClick={() => setSide(one)}>
            {one === 'hubspot' ? 'HubSpot' : 'Phone'}
          </button>
        ))}
      </div>
    </header>
  );
}

/** `#/{portal}/contacts`, `#/{portal}/contacts/{id}`, `#/{portal}/settings`. */
function useRoute(): { portalId: number | null; place: Place } {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const listen = (): void => setHash(location.hash);
    addEventListener('hashchange', listen);
    return () => removeEventListener('hashchange', listen);
  }, []);
  return useMemo(() => {
    const [portal, page, id] = hash.replace(/^#\//, '').split('/');
    const place: Place =
      page === 'settings'
        ? { kind: 'settings' }
        : page === 'contacts' && id
          ? { kind: 'contact', contactId: id }
          : { kind: 'contacts' };
    return { portalId: portal ? Number(portal) : null, place };
  }, [hash]);
}
