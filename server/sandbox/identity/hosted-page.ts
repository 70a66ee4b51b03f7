import type { Session } from './sessions.ts';
import { OUTCOMES, STATUS_OF, type Outcome } from './sessions.ts';

const LABELS: Record<Outcome, string> = {
  start: 'Begin: I am at it',
  approve: 'The vendor approves',
  decline: 'The vendor declines',
  review: 'The vendor wants to look at it',
  retry: 'The vendor asks for another try',
  expire: 'I never finish: it expires',
  cancel: 'It is cancelled',
};
const NAMES = { onfido: 'Onfido', persona: 'Persona', veriff: 'Veriff', stripe: 'Stripe Identity' } as const;

/** The page the person would see at the vendor: here the sandbox's user decides what comes of the check. Without a script. */
export function hostedPage(session: Session): string {
  const { person } = session;
  const input = (name: string, label: string, value: string | null, type = 'text'): string =>
    `<label>${label}<input name="${name}" type="${type}" value="${escape(value ?? '')}"></label>`;
  const buttons = OUTCOMES.filter((outcome) => STATUS_OF[session.vendor][outcome] !== null)
    .map((outcome) => `<button name="outcome" value="${outcome}">${LABELS[outcome]}</button>`)
    .join('');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Identity check (stand-in of ${NAMES[session.vendor]})</title>
<style>body{font:16px system-ui;max-width:26rem;margin:2rem auto;padding:0 1rem}label,button{display:block;width:100%;margin:.5rem 0}
input{width:100%;padding:.4rem;box-sizing:border-box}button{padding:.6rem;text-align:left}</style>
<h1>Identity check</h1>
<p>This is the sandbox’s stand-in of ${NAMES[session.vendor]}. Nobody checks anything here: say what the vendor finds.</p>
<p>Status: <b>${escape(session.status)}</b></p>
<form method="post"><h2>What the document says</h2>
${input('firstName', 'First name', person.firstName)}${input('lastName', 'Last name', person.lastName)}
${input('birthDate', 'Date of birth', person.birthDate, 'date')}<h2>What happens</h2>${buttons}</form></html>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
