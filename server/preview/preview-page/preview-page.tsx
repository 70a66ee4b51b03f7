import { useCallback, useEffect, useState, type ReactElement } from 'react';
import { clearLink, type EndpointRequest, type RawReply } from '@flowella/shared/phone/endpoint-link.ts';
import { openFlow, type Phone } from '@flowella/shared/phone/run-flow.ts';
import type { FlowOutcome } from '@flowella/shared/phone/screen-view.ts';
import { browserRandomBytes, browserTimer, openWebPage } from '../phone/browser-effects.ts';
import {
  Bubble,
  ChatGround,
  ChatHeader,
  ChatNote,
  ChatPane,
  FlowButton,
  MessageTexts,
  ResponseButton,
  ResponseCard,
} from '../phone/chat-parts.tsx';
import { FlowSheet } from '../phone/FlowSheet.tsx';
import { PhoneFrame } from '../phone/phone-frame.tsx';
import { previewSession, type PreviewSession } from '../preview-session.ts';
import { previewTexts } from './preview-texts.ts';
import './preview-page.css';

type Loaded = { kind: 'loading' } | { kind: 'expired' } | { kind: 'ready'; session: PreviewSession };

/** The admin's preview of a flow: the message in a chat, and the flow itself, open and ready to be filled in. */
export function PreviewPage({ sessionUrl }: { sessionUrl: string }): ReactElement {
  const [loaded, setLoaded] = useState<Loaded>({ kind: 'loading' });
  useEffect(() => {
    readSession(sessionUrl).then(
      (session) => setLoaded({ kind: 'ready', session }),
      () => setLoaded({ kind: 'expired' }),
    );
  }, [sessionUrl]);
  const texts = previewTexts(loaded.kind === 'ready' ? loaded.session.locale : navigator.language);
  useEffect(() => {
    document.title = texts.title;
    if (loaded.kind === 'ready') document.documentElement.lang = loaded.session.locale;
  }, [loaded, texts]);
  switch (loaded.kind) {
    case 'loading':
      return (
        <p className="preview-message" role="status">
          {texts.loading}
        </p>
      );
    case 'expired':
      return (
        <p className="preview-message" role="alert">
          {texts.expired}
        </p>
      );
    case 'ready':
      return <PreviewPhone session={loaded.session} />;
  }
}

const DEADLINE_MS = 10_000;

async function readSession(url: string): Promise<PreviewSession> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DEADLINE_MS), cache: 'no-store' });
  if (!response.ok) throw new Error(`The preview session answered ${response.status}`);
  return previewSession.parse(await response.json());
}

function PreviewPhone({ session }: { session: PreviewSession }): ReactElement {
  const texts = previewTexts(session.locale);
  const [phone, setPhone] = useState<Phone | null>(() => open(session));
  const [outcome, setOutcome] = useState<FlowOutcome | null>(null);
  const end = useCallback((ended: FlowOutcome) => {
    setOutcome(ended);
    setPhone(null);
  }, []);
  const start = (): void => {
    setOutcome(null);
    setPhone(open(session));
  };
  const now = new Date().toLocaleTimeString(session.locale, { hour: '2-digit', minute: '2-digit' });
  const revokedText = outcome?.kind === 'revoked' ? outcome.text : null;
  return (
    <PhoneFrame locale={session.locale} theme={session.theme} label={texts.title}>
      <ChatPane isCovered={phone !== null}>
        <ChatHeader name={session.businessName} note={null} />
        <ChatGround count={outcome === null ? 1 : 2}>
          <ChatNote isWide>{texts.sample}</ChatNote>
          <Bubble
            side="business"
            time={now}
            buttons={
              <FlowButton text={session.message.cta} isOff={revokedText !== null} note={revokedText} onPress={start} />
            }
          >
            <MessageTexts {...session.message} />
          </Bubble>
          {outcome?.kind === 'submitted' ? (
            <Bubble side="theirs" time={now} status="delivered" buttons={<ResponseButton summary={outcome.summary} />}>
              <ResponseCard title={session.name} />
            </Bubble>
          ) : null}
        </ChatGround>
        <footer className="ph-sheet-foot">
          <button type="button" className="ph-button" onClick={start}>
            {texts.again}
          </button>
        </footer>
      </ChatPane>
      {phone === null ? null : <FlowSheet phone={phone} businessName={session.businessName} onEnd={end} />}
    </PhoneFrame>
  );
}

function open(session: PreviewSession): Phone {
  const { exchangeUrl } = session;
  return openFlow({
    flowJson: session.flowJson,
    message: { flowToken: session.flowToken, action: session.action, screen: session.screen, data: session.data },
    effects: {
      link: exchangeUrl === null ? null : clearLink((request) => post(exchangeUrl, request), browserTimer),
      randomBytes: browserRandomBytes,
      // The preview keeps nothing: a chosen file is encrypted as on a phone and goes nowhere.
      uploadFile: () => Promise.resolve('https://preview.invalid/file'),
      uploadMedia: () => Promise.resolve('preview'),
      openUrl: openWebPage,
    },
    locale: session.locale,
  });
}

async function post(url: string, request: EndpointRequest): Promise<RawReply> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  return { status: response.status, body: await response.text() };
}
