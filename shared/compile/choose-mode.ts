import type { Mode } from './place-screens.ts';
import { placeScreens } from './place-screens.ts';
import type { PackedScreen } from './pack-screens.ts';
import type { Plan } from './plan-question.ts';

/**
 * Light unless something needs the server: a check the phone cannot make, or a condition it cannot say (flow-rules.md
 * section 4).
 */
export function chooseMode(screens: readonly PackedScreen[]): Mode {
  const plans = screens.flatMap((screen) => screen.asked).map((one) => one.plan);
  if (plans.some(needsServerCheck)) return 'connected';
  if (screens.some((screen) => !screen.isCertain)) return 'connected';
  const placed = placeScreens(screens, 'light', 'en', []);
  const isUnsayable = placed.some((screen) => screen.questions.some((one) => one.visibility.isUnsayable));
  return isUnsayable ? 'connected' : 'light';
}

function needsServerCheck({ question, inputs }: Plan): boolean {
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
    case 'multi-choice':
      return question.required && inputs.length > 1;
    default:
      return false;
  }
}
