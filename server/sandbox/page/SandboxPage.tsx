import { useCallback, useEffect, useMemo, useState, type ReactElement, type ReactNode } from 'react';
import { PhoneChat } from '../../preview/phone/PhoneChat.tsx';
import { HubSpotSide } from './HubSpotSide.tsx';
import { pageTexts, type Locale, type PageTexts } from './page-texts.ts';
import { usePoll } from './use-poll.ts';
import { useRoute, type Place } from './use-route.ts';
import { personOf, readWorld, vendors, type Contact, type Person, type Portal, type World } from './world.ts';

const ACCOUNTS_MS = 5_000;
type Side = 'hubspot' | 'phone';
/** What the sandbox's own bar holds; it outlives a change of the account. */
type Chosen = { locale: Locale; side: Side };

/** The two worlds side by side: HubSpot at the left, the person's phone at the right; on a narrow screen one at a time. */
export function SandboxPage(): ReactElement {
  const { value: world, failed } = usePoll(readWorld, 60_000);
  const texts = pageTexts('en');
  if (!world) return <p className="sb-note">{failed ? texts.away : texts.loading}</p>;
  return <Worlds world={world} />;
}

function Worlds({ world }: { world: World }): ReactElement {
  const api = useMemo(() => vendors(world), [world]);
  const { value: portals } = usePoll(api.portals, ACCOUNTS_MS);
  const { value: people } = usePoll(api.people, ACCOUNTS_MS);
  const [chosen, setChosen] = useState<Chosen>({ locale: 'en', side: 'hubspot' });
  const route = useRoute();
  useEffect(() => {
    document.documentElement.lang = chosen.locale;
  }, [chosen.locale]);
  const portal = portals?.find((one) => one.portalId === route.portalId) ?? portals?.[0];
  if (!portal || !portals || !people) return <p className="sb-note">{pageTexts(chosen.locale).loading}</p>;
  return (
    <Account
      key={portal.portalId}
      {...{ world, api, portals, portal, people, chosen, place: route.place }}
      onChoose={(change) => setChosen((before) => ({ ...before, ...change }))}
    />
  );
}

type AccountProps = {
  world: World;
  api: ReturnType<typeof vendors>;
  portals: Portal[];
  portal: Portal;
  people: Person[];
  place: Place;
  chosen: Chosen;
  onChoose: (change: Partial<Chosen>) => void;
};

function Account(props: AccountProps): ReactElement {
  const { world, api, portal, people, place, chosen } = props;
  const texts = pageTexts(chosen.locale);
  const readContacts = useCallback(() => api.contacts(portal.portalId), [api, portal.portalId]);
  const { value: contacts } = usePoll(readContacts, ACCOUNTS_MS);
  const [userId, setUserId] = useState(portal.users[0]?.userId);
  const user = portal.users.find((one) => one.userId === userId) ?? portal.users[0];
  const phone = usePhone(contacts, people, place);
  if (!user || !contacts) return <p className="sb-note">{texts.loading}</p>;
  const number = world.accounts.find((one) => one.portalId === portal.portalId);
  return (
    <div className="sb" data-side={chosen.side}>
      <TopBar {...props} texts={texts} userId={user.userId} setUserId={setUserId} />
      <div className="sb-worlds">
        <section className="sb-hubspot" aria-label={texts.hubspot}>
          <HubSpotSide {...{ world, vendors: api, portal, user, locale: chosen.locale, texts, place, contacts }} />
        </section>
        <section className="sb-phone" aria-label={texts.phone}>
          <PhonePicker {...{ phone, texts, portal }} />
          <div className="sb-device">
            <PhoneChat
              metaStandInUrl={world.metaUrl}
              waId={phone.waId}
              businessName={portal.accountName}
              phoneNumberId={number?.phoneNumberId}
              locale={chosen.locale}
            />
          </div>
        </section>
      </div>
    </div>
  );
}

type PhoneChoice = { waId: string; own: Person[]; others: Person[]; choose: (waId: string) => void };

/** Whose phone is shown: the open contact's, until another one is chosen; it follows the next contact again. */
function usePhone(contacts: Contact[] | null, people: Person[], place: Place): PhoneChoice {
  const [chosen, setChosen] = useState<string | null>(null);
  useEffect(() => setChosen(null), [place]);
  const contact = place.kind === 'contact' ? (contacts?.find((one) => one.id === place.contactId) ?? null) : null;
  const own = useMemo(
    () => [...new Set((contacts ?? []).flatMap((one) => personOf(one, people) ?? []))],
    [contacts, people],
  );
  const waId = chosen ?? personOf(contact, people)?.waId ?? own[0]?.waId ?? people[0]?.waId ?? '';
  return { waId, own, others: people.filter((one) => !own.includes(one)), choose: setChosen };
}

function PhonePicker({ phone, texts, portal }: { phone: PhoneChoice; texts: PageTexts; portal: Portal }): ReactElement {
  const options = (people: Person[]): ReactNode =>
    people.map((person) => (
      <option key={person.waId} value={person.waId}>
        {person.name} (+{person.waId})
      </option>
    ));
  return (
    <label className="sb-whose">
      <span>{texts.phoneOf}</span>
      <select value={phone.waId} onChange={(event) => phone.choose(event.target.value)}>
        <optgroup label={texts.phonesOf(portal.accountName)}>{options(phone.own)}</optgroup>
        <optgroup label={texts.otherPhones}>{options(phone.others)}</optgroup>
      </select>
    </label>
  );
}

type TopBarProps = AccountProps & { texts: PageTexts; userId: number; setUserId: (userId: number) => void };

/** The sandbox's own controls, apart from both worlds. */
function TopBar(props: TopBarProps): ReactElement {
  const { portals, portal, chosen, onChoose, texts, userId, setUserId } = props;
  return (
    <header className="sb-top">
      <strong>{texts.title}</strong>
      <Choice label={texts.account} value={portal.portalId} onChange={(id) => (location.hash = `#/${id}/contacts`)}>
        {portals.map((one) => (
          <option key={one.portalId} value={one.portalId}>
            {one.accountName}
          </option>
        ))}
      </Choice>
      <Choice label={texts.user} value={userId} onChange={(id) => setUserId(Number(id))}>
        {portal.users.map((user) => (
          <option key={user.userId} value={user.userId}>
            {user.firstName} {user.lastName}
          </option>
        ))}
      </Choice>
      <Choice
        label={texts.language}
        value={chosen.locale}
        onChange={(locale) => onChoose({ locale: locale === 'de' ? 'de' : 'en' })}
      >
        <option value="en">English</option>
        <option value="de">Deutsch</option>
      </Choice>
      <div className="sb-sides" role="group" aria-label={texts.whatToShow}>
        {(['hubspot', 'phone'] as const).map((side) => (
          <button key={side} type="button" aria-pressed={chosen.side === side} onClick={() => onChoose({ side })}>
            {texts[side]}
          </button>
        ))}
      </div>
    </header>
  );
}

function Choice(props: {
  label: string;
  value: string | number;
  onChange: (value: string) => void;
  children: ReactNode;
}): ReactElement {
  return (
    <label>
      <span>{props.label}</span>
      <select value={props.value} onChange={(event) => props.onChange(event.target.value)}>
        {props.children}
      </select>
    </label>
  );
}
