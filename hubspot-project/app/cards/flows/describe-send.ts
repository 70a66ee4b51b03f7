import type { SendView } from '@flowella/shared/contract/api.ts';
import type { CardTexts } from '@flowella/shared/ui/texts/card-texts.ts';

export type SendSummary = {
  label: string;
  variant: 'default' | 'info' | 'success' | 'warning' | 'danger';
  /** What has happened and what is to come, in order, with the time of what has happened. */
  steps: string[];
  /** The last step that has happened; -1 before the first. */
  reached: number;
};

const STEPS = ['sent', 'delivered', 'read', 'opened', 'finished'] as const;
type Step = (typeof STEPS)[number];

/** A send in a word, a colour and steps. A light flow is not seen between reading and answering. */
export function describeSend(send: SendView, texts: CardTexts['send'], time: (iso: string) => string): SendSummary {
  const steps = STEPS.filter((step) => step !== 'opened' || send.progress.mode === 'connected');
  const at = reachedStep(send);
  const reached = at === null ? -1 : steps.indexOf(at);
  return {
    ...headline(send, texts),
    steps: steps.map((step) => {
      const iso = send.times[step];
      return iso ? texts.stepAt(texts.steps[step], time(iso)) : texts.steps[step];
    }),
    reached,
  };
}

/** WhatsApp may leave a status out: who has opened the flow has read the message, whether a receipt came or not. */
function reachedStep(send: SendView): Step | null {
  if (send.progress.state === 'finished' || send.times.finished) return 'finished';
  if (send.progress.state === 'opened' && send.progress.mode === 'connected') return 'opened';
  if (send.state === 'read' || send.times.read) return 'read';
  if (send.state === 'delivered' || send.times.delivered) return 'delivered';
  return send.state === 'sent' || send.times.sent ? 'sent' : null;
}

function headline(send: SendView, texts: CardTexts['send']): Pick<SendSummary, 'label' | 'variant'> {
  if (send.progress.state === 'finished') return { label: texts.state.finished, variant: 'success' };
  if (send.state === 'failed') return { label: texts.state.failed, variant: 'danger' };
  if (send.state === 'cancelled' || !send.open) return { label: texts.state.cancelled, variant: 'default' };
  if (send.state === 'unknown') return { label: texts.state.unknown, variant: 'warning' };
  if (send.progress.state === 'opened') {
    const { screen, screens } = send.progress;
    const label = screen !== null && screens !== null ? texts.screen(screen, screens) : texts.state.opened;
    return { label, variant: 'info' };
  }
  return { label: texts.state[send.state], variant: send.state === 'queued' ? 'default' : 'info' };
}
