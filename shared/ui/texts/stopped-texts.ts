import { DESTINATION_NAMES } from './destination-names.ts';
const en = {
  tab: 'Deliveries',
  intro:
    'Every submission is kept until it has arrived at each of its places. What fails for a moment is tried again by itself for three days. What stopped needs somebody: it stands here, in groups that are mended in one way.',
  nothing: 'Nothing has stopped',
  nothingText: 'Every submission has arrived, or is on its way by itself.',
  found: (count: number) => (count === 1 ? '1 delivery stopped' : `${count} deliveries stopped`),
  underWay: 'On their way by themselves',
  underWayLine: (place: string, count: string) => `${place}: ${count}`,
  atLeast: (count: number) => `${count} or more`,
  nextTry: (time: string) => `next try ${time}`,
  place: DESTINATION_NAMES.en,
  state: { dead: 'Not delivered', held: 'Waits for a decision' },
  reasonOf: (text: string, count: number) => `${text} (${count} of them)`,
  mend: 'What to do',
  oldest: (time: string) => `Oldest submitted ${time}.`,
  until: (time: string) =>
    `The first of these answers are deleted ${time}, as the flow’s privacy settings say: mend it before.`,
  kept: 'Their answers are kept until you delete them.',
  ofFlow: (flow: string, count: number) => `“${flow}”: ${count} for a form that was deleted`,
  tryAll: 'Try all of these again',
  tryEverything: 'Try everything again',
  older:
    'Each is delivered as it was answered then: where a person has answered again since, an older value may replace a newer one.',
  tried: (count: number) => (count === 1 ? '1 delivery is tried again' : `${count} deliveries are tried again`),
  triedText:
    'They follow what is being submitted now. Refresh in a minute to see what arrived; what fails again comes back here.',
  more: (count: number) => `${count} are left, more than fit into one press. Press once more.`,
  failed: 'They were not tried again',
  show: 'Show each of them',
  submitted: (time: string) => `Submitted ${time}`,
  attempts: (count: number) => (count === 1 ? '1 try' : `${count} tries`),
  stopped: (time: string) => `stopped ${time}`,
  openContact: 'Open the contact',
  noContact: 'There is no contact yet.',
  tryOne: 'Try again',
  triedOne: 'This delivery is tried again.',
  next: 'Next page',
  first: 'First page',
};

const de: typeof en = {
  tab: 'Zustellungen',
  intro:
    'Jede Einsendung wird aufbewahrt, bis sie an jedem ihrer Orte angekommen ist. Was für den Moment scheitert, wird drei Tage lang von selbst erneut versucht. Was angehalten hat, braucht jemanden: Es steht hier, in Gruppen, die man auf eine Weise behebt.',
  nothing: 'Nichts hat angehalten',
  nothingText: 'Jede Einsendung ist angekommen oder von selbst unterwegs.',
  found: (count) => (count === 1 ? '1 Zustellung hat angehalten' : `${count} Zustellungen haben angehalten`),
  underWay: 'Von selbst unterwegs',
  underWayLine: (place, count) => `${place}: ${count}`,
  atLeast: (count) => `${count} oder mehr`,
  nextTry: (time) => `nächster Versuch ${time}`,
  place: DESTINATION_NAMES.de,
  state: { dead: 'Nicht zugestellt', held: 'Wartet auf eine Entscheidung' },
  reasonOf: (text, count) => `${text} (${count} davon)`,
  mend: 'Was zu tun ist',
  oldest: (time) => `Die älteste wurde ${time} eingesendet.`,
  until: (time) =>
    `Die ersten dieser Antworten werden ${time} gelöscht, wie die Datenschutzeinstellungen des Flows es vorsehen: Beheben Sie es vorher.`,
  kept: 'Ihre Antworten bleiben, bis Sie sie löschen.',
  ofFlow: (flow, count) => `„${flow}“: ${count} für ein gelöschtes Formular`,
  tryAll: 'Alle davon erneut zustellen',
  tryEverything: 'Alles erneut zustellen',
  older:
    'Zugestellt wird, was damals geantwortet wurde: Hat eine Person seither noch einmal geantwortet, kann ein älterer Wert einen neueren ersetzen.',
  tried: (count) =>
    count === 1 ? '1 Zustellung wird erneut versucht' : `${count} Zustellungen werden erneut versucht`,
  triedText:
    'Sie folgen dem, was gerade eingesendet wird. Aktualisieren Sie in einer Minute, um zu sehen, was angekommen ist; was wieder scheitert, kommt hierher zurück.',
  more: (count) => `${count} sind übrig, mehr als in einen Druck passen. Drücken Sie noch einmal.`,
  failed: 'Sie wurden nicht erneut versucht',
  show: 'Jede einzeln zeigen',
  submitted: (time) => `Eingesendet ${time}`,
  attempts: (count) => (count === 1 ? '1 Versuch' : `${count} Versuche`),
  stopped: (time) => `angehalten ${time}`,
  openContact: 'Kontakt öffnen',
  noContact: 'Es gibt noch keinen Kontakt.',
  tryOne: 'Erneut zustellen',
  triedOne: 'Diese Zustellung wird erneut versucht.',
  next: 'Nächste Seite',
  first: 'Erste Seite',
};

export const stoppedTexts = { en, de };
export type StoppedTexts = typeof en;
