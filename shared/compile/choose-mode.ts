import type { Mode, PlacedScreen } from './place-screens.ts';
import { placeScreens } from './place-screens.ts';
import type { PackedScreen } from './pack-screens.ts';
import type { Plan } from './plan-question.ts';
import { canSayOnPhone } from './say-recall.ts';
import { LIMITS } from './limits.ts';
import { hasRecall } from '../form/recall.ts';

/**
 * Light unless something needs the server: a check the phone cannot make, or a condition it cannot say (flow-rules.md
 * section 4).
 */
export function chooseMode(screens: readonly PackedScreen[]): Mode {
  const files = screens.flatMap((screen) => screen.asked).filter((one) => one.plan.question.kind === 'file');
  if (files.length > LIMITS.filesPerMessage) return 'connected';
  const plans = screens.flatMap((screen) => screen.asked).map((one) => one.plan);
  if (plans.some(needsServerCheck)) return 'connected';
  const placed = placeScreens(screens, 'light', 'en', []);
  const isUnsayable = placed.some((screen) => screen.questions.some((one) => one.visibility.isUnsayable));
  // A screen that may have nothing on it, or would be passed by with an old answer on it, is for the server.
  if (isUnsayable || placed.some((screen) => screen.isEmptySometimes)) return 'connected';
  const isRecallLost = placed.some((screen) =>
    textsOn(screen).some((text) => hasRecall(text) && !canSayOnPhone(text, placed, screen.id)),
  );
  return isRecallLost ? 'connected' : 'light';
}

function textsOn(screen: PlacedScreen): string[] {
  const pieces = screen.questions.flatMap(({ asked }) => [...asked.before, ...asked.after]);
  const texts = screen.questions.flatMap(({ asked }) =>
    asked.plan.components.flatMap(({ component }) => (typeof component.text === 'string' ? [component.text] : [])),
  );
  return [...[...pieces, ...screen.closing].map((piece) => piece.text), ...texts];
}

function needsServerCheck({ question, inputs, share }: Plan): boolean {
  switch (question.kind) {
    case 'email':
      return (question.blockedDomains?.length ?? 0) > 0 || question.blockFreeProviders === true;
    // Only libphonenumber can tell whether a number can be reached.
    case 'phone':
      return true;
    case 'number':
      return [question.min, question.max, question.minDigits, question.maxDigits].some((limit) => limit !== undefined);
    case 'ranking':
      return true;
    // Free times are live.
    case 'appointment-day':
    case 'appointment':
      return true;
    // A picker cannot be told to want a file only when it is shown.
    case 'file':
      return question.required && question.visibleWhen !== undefined;
    case 'multi-choice':
      if (share) return question.required || question.minSelected !== undefined || question.maxSelected !== undefined;
      return question.required && inputs.length > 1;
    default:
      return false;
  }
}
