import { useId, useState, type ReactNode } from 'react';
import { Toasts, useToasts } from './Toasts.tsx';
import type { AlertMessage } from '../../card-host/protocol.ts';
import type { PageTexts } from '../page-texts.ts';
import '../../card-host/hubspot.css';

export type RecordProperty = { name: string; label: string; value: string };
export type RecordActivity = { id: string; title: string; when: string; text: string };
export type RecordCard = { id: string; title: string; render: (onAlert: (alert: AlertMessage) => void) => ReactNode };

export type RecordPageProps = {
  texts: PageTexts;
  contactName: string;
  subtitle: string;
  properties: RecordProperty[];
  /** Names of properties that have just changed: they are marked. */
  changed?: string[];
  activities: RecordActivity[];
  /** Cards on the tab *App* in the middle, and those in the right column. */
  cards: RecordCard[];
  sideCards?: RecordCard[];
  /** Tab that is open first. */
  initialTab?: Tab;
};
type Tab = 'app' | 'activities';
const TABS: Tab[] = ['app', 'activities'];

/** A contact's page: properties at the left, cards and activities in the middle, further cards at the right. */
export function RecordPage(props: RecordPageProps) {
  const [tab, setTab] = useState<Tab>(props.initialTab ?? 'app');
  const { toasts, add, remove } = useToasts();
  const id = useId();
  const { texts, sideCards: side = [] } = props;
  return (
    <>
      <Toasts texts={texts} toasts={toasts} onClose={remove} />
      <div className={side.length > 0 ? 'hs-record hs-record--with-right' : 'hs-record'}>
        <Properties {...props} />
        <main>
          <div className="hs-record__tabs" role="tablist" aria-label={texts.record}>
            {TABS.map((one) => (
              <button
                key={one}
                type="button"
                role="tab"
                id={`${id}-${one}`}
                aria-controls={`${id}-panel`}
                aria-selected={tab === one}
                onClick={() => setTab(one)}
              >
                {texts[one]}
              </button>
            ))}
          </div>
          <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${tab}`}>
            {/* The cards stay alive behind the other tab, as they do in HubSpot while a record is open. */}
            <div hidden={tab !== 'app'}>
              <Cards texts={texts} cards={props.cards} onAlert={add} />
            </div>
            {tab === 'activities' ? <Activities texts={texts} activities={props.activities} /> : null}
          </div>
        </main>
        {side.length > 0 ? (
          <aside aria-label={texts.app}>
            <Cards texts={texts} cards={side} onAlert={add} />
          </aside>
        ) : null}
      </div>
    </>
  );
}

function Properties(props: RecordPageProps) {
  const initials = props.contactName
    .split(/\s+/)
    .map((part) => [...part][0] ?? '')
    .slice(0, 2)
    .join('');
  return (
    <aside className="hs-card" aria-label={props.texts.about}>
      <div className="hs-record__person">
        <div className="hs-record__avatar" aria-hidden="true">
          {initials}
        </div>
        <h1>{props.contactName}</h1>
        <div className="hs-text--micro">{props.subtitle}</div>
      </div>
      <dl className="hs-record__properties">
        {props.properties.map((property) => (
          <div key={property.name}>
            <dt>{property.label}</dt>
            {props.changed?.includes(property.name) ? (
              <dd className="hs-changed">
                {property.value || '--'} <span>{props.texts.justChanged}</span>
              </dd>
            ) : (
              <dd>{property.value || '--'}</dd>
            )}
          </div>
        ))}
      </dl>
    </aside>
  );
}

function Cards(props: { texts: PageTexts; cards: RecordCard[]; onAlert: (alert: AlertMessage) => void }) {
  return (
    <>
      {props.cards.map((card) => (
        <section key={card.id} className="hs-card" aria-label={card.title}>
          <header className="hs-card__head">
            <h2>{card.title}</h2>
            <span>{props.texts.poweredBy}</span>
          </header>
          <div className="hs-card__body">{card.render(props.onAlert)}</div>
        </section>
      ))}
    </>
  );
}

function Activities(props: { texts: PageTexts; activities: RecordActivity[] }) {
  if (props.activities.length === 0) return <p className="hs-text--micro">{props.texts.noActivity}</p>;
  return (
    <ol className="hs-activity">
      {props.activities.map((activity) => (
        <li key={activity.id} className="hs-tile hs-tile--compact">
          <div className="hs-text--demibold">{activity.title}</div>
          <div className="hs-text--micro">{activity.when}</div>
          <div className="hs-text">{activity.text}</div>
        </li>
      ))}
    </ol>
  );
}
