import { useEffect, useRef, useState, type ReactElement, type ReactNode } from 'react';
import type { FieldValue, FlowOutcome, ScreenView } from '@flowella/shared/phone/screen-view.ts';
import type { Phone } from '@flowella/shared/phone/run-flow.ts';
import type { FieldActions } from './field-frame.tsx';
import { FlowComponent } from './flow-component.tsx';
import { Icon } from './icons.tsx';
import { usePhoneContext } from './phone-context.ts';
import { textDirection } from './text-direction.ts';
import { usePhone } from './use-phone.ts';

/** The snackbar goes by itself after this long. */
const NOTICE_MS = 8_000;

/**
 * The sheet that rises over the chat and runs one opening of a flow. `onEnd` is called once, when the flow is submitted,
 * dismissed or revoked, or when a flow that could not be opened is closed.
 */
export function FlowSheet(props: {
  phone: Phone;
  businessName: string;
  onEnd(outcome: FlowOutcome): void;
}): ReactElement {
  const { texts } = usePhoneContext();
  const { phone, businessName, onEnd } = props;
  const view = usePhone(phone);
  const isEnded = useRef(false);
  useEffect(() => {
    if (view.kind !== 'closed' || isEnded.current || view.outcome.kind === 'revoked') return;
    isEnded.current = true;
    onEnd(view.outcome);
  }, [view, onEnd]);
  switch (view.kind) {
    case 'opening':
      return (
        <Frame title="" direction="ltr" onClose={() => phone.close()} canGoBack={false} onBack={() => {}}>
          <div className="ph-sheet-middle" role="status">
            <span className="ph-spinner is-large" />
            <span className="ph-unseen">{texts.opening}</span>
          </div>
        </Frame>
      );
    case 'screen':
      return <OpenScreen phone={phone} screen={view.screen} businessName={businessName} />;
    case 'broken':
      return <LastWord text={view.text} onClose={() => onEnd({ kind: 'dismissed' })} />;
    case 'closed':
      if (view.outcome.kind !== 'revoked')
        return <Frame title="" direction="ltr" onClose={() => {}} canGoBack={false} onBack={() => {}} />;
      return <LastWord text={view.outcome.text} onClose={() => onEnd(view.outcome)} />;
  }
}

/** The sheet says why nothing can be done, and can only be closed. */
function LastWord({ text, onClose }: { text: string; onClose(): void }): ReactElement {
  const { texts } = usePhoneContext();
  return (
    <Frame title="" direction={textDirection([text])} onClose={onClose} canGoBack={false} onBack={() => {}}>
      <div className="ph-sheet-middle" role="alert">
        <span className="ph-last-icon">
          <Icon name="alert" />
        </span>
        <p dir="auto">{text}</p>
        <button type="button" className="ph-button is-narrow" onClick={onClose}>
          {texts.ok}
        </button>
      </div>
    </Frame>
  );
}

function OpenScreen(props: { phone: Phone; screen: ScreenView; businessName: string }): ReactElement {
  const { texts } = usePhoneContext();
  const { phone, screen } = props;
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (body.current !== null) body.current.scrollTop = 0;
  }, [screen.id]);
  // A notice or an error from the endpoint may stand above what is in view.
  useEffect(() => {
    body.current?.querySelector('[aria-invalid="true"], .is-wrong')?.scrollIntoView({ block: 'nearest' });
  }, [screen.notice]);
  const isBusy = screen.busy !== null;
  const actions: FieldActions = {
    isBusy,
    onChange: (name: string, value: FieldValue) => {
      if (!isBusy) void phone.setValue(name, value);
    },
    onLeave: (name) => phone.leaveField(name),
    onPress: (id, itemId) => {
      if (!isBusy) void phone.press(id, itemId);
    },
  };
  const direction = textDirection([
    screen.title,
    ...screen.components.map((part) => ('text' in part ? part.text : 'label' in part ? (part.label ?? '') : '')),
  ]);
  return (
    <Frame
      title={screen.title}
      direction={direction}
      canGoBack={screen.canGoBack}
      onClose={() => phone.close()}
      onBack={() => {
        if (!isBusy) void phone.back();
      }}
    >
      <form
        className="ph-sheet-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (screen.footer?.enabled === true) actions.onPress(screen.footer.id);
        }}
      >
        <div ref={body} className="ph-sheet-body" key={screen.id}>
          {screen.components.map((part) => (
            <FlowComponent key={part.id} part={part} actions={actions} />
          ))}
        </div>
        <Foot screen={screen} businessName={props.businessName} loadingText={texts.loading}>
          <Snackbar text={screen.notice} onDismiss={() => phone.dismissNotice()} />
        </Foot>
      </form>
    </Frame>
  );
}

function Foot(props: {
  screen: ScreenView;
  businessName: string;
  loadingText: string;
  children: ReactNode;
}): ReactElement {
  const { texts } = usePhoneContext();
  const { footer, busy } = props.screen;
  return (
    <footer className="ph-sheet-foot">
      {props.children}
      {footer === null ? null : (
        <>
          {footer.leftCaption === null && footer.centerCaption === null && footer.rightCaption === null ? null : (
            <div className="ph-foot-captions">
              {[footer.leftCaption, footer.centerCaption, footer.rightCaption].map((caption, index) =>
                caption === null ? null : (
                  <span key={index} dir="auto">
                    {caption}
                  </span>
                ),
              )}
            </div>
          )}
          <button
            type="submit"
            className="ph-button"
            disabled={!footer.enabled}
            aria-disabled={busy !== null || !footer.enabled}
            aria-busy={busy === footer.id}
          >
            {busy === footer.id ? <span className="ph-spinner" role="status" aria-label={props.loadingText} /> : null}
            <span className={busy === footer.id ? 'ph-unseen' : undefined} dir="auto">
              {footer.label}
            </span>
          </button>
        </>
      )}
      <p className="ph-managed">{texts.managedBy(props.businessName)}</p>
    </footer>
  );
}

function Snackbar({ text, onDismiss }: { text: string | null; onDismiss(): void }): ReactElement {
  const { texts } = usePhoneContext();
  const dismiss = useRef(onDismiss);
  dismiss.current = onDismiss;
  useEffect(() => {
    if (text === null) return;
    const timer = setTimeout(() => dismiss.current(), NOTICE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div className="ph-snackbar-place" role="alert">
      {text === null ? null : (
        <div className="ph-snackbar">
          <span dir="auto">{text}</span>
          <button type="button" className="ph-text-button" onClick={onDismiss}>
            {texts.dismiss}
          </button>
        </div>
      )}
    </div>
  );
}

/** The sheet itself with its bar: close, or back from a later screen, and the three dots. */
function Frame(props: {
  title: string;
  direction: 'ltr' | 'rtl';
  canGoBack: boolean;
  onClose(): void;
  onBack(): void;
  children?: ReactNode;
}): ReactElement {
  const { texts } = usePhoneContext();
  const [isAboutOpen, setAboutOpen] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  // A new screen is announced by its title, as a page is.
  useEffect(() => title.current?.focus({ preventScroll: true }), [props.title]);
  return (
    <div className="ph-sheet-scrim">
      <section
        className="ph-sheet"
        role="dialog"
        aria-label={props.title === '' ? texts.opening : props.title}
        dir={props.direction}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || event.defaultPrevented) return;
          if (props.canGoBack) props.onBack();
          else props.onClose();
        }}
      >
        <header className="ph-sheet-bar">
          {props.canGoBack ? (
            <button type="button" className="ph-icon-button ph-flip" aria-label={texts.back} onClick={props.onBack}>
              <Icon name="back" />
            </button>
          ) : (
            <button type="button" className="ph-icon-button" aria-label={texts.close} onClick={props.onClose}>
              <Icon name="close" />
            </button>
          )}
          <h2 ref={title} tabIndex={-1} dir="auto">
            {props.title}
          </h2>
          <button
            type="button"
            className="ph-icon-button"
            aria-label={texts.more}
            aria-expanded={isAboutOpen}
            onClick={() => setAboutOpen(!isAboutOpen)}
          >
            <Icon name="more" />
          </button>
        </header>
        {isAboutOpen ? (
          <p className="ph-about" role="status">
            {texts.moreAbout}
          </p>
        ) : null}
        {props.children}
      </section>
    </div>
  );
}
