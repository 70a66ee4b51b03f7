import type { AppointmentDesign, Design } from './design.ts';
import type { Condition, Form, Item, Question } from './form.ts';

/** Our own questions: a day with free times, a time of that day, and a day that is wished where no time can be offered. */
export const APPOINTMENT = {
  day: 'flowella/appointment-day',
  wish: 'flowella/appointment-wish',
  time: 'flowella/appointment',
} as const;

/** True for a question that no tool asked: it has no place in the source form. */
export function isOwnQuestion(questionId: string): boolean {
  return questionId.startsWith('flowella/');
}

/**
 * The form with the appointment that its design offers, in the place of the question that the tool has for it, else at the end.
 * Free times are live, so a light flow can only ask for the day that is wished. Without one in the design the form itself. Pure.
 */
export function withAppointment(form: Form, design: Pick<Design, 'appointment'>, mode?: 'connected' | 'light'): Form {
  const { appointment } = design;
  if (!appointment) return form;
  const replaced = form.pages.flatMap((page) => page.items).find((item) => item.id === appointment.question);
  const shown = replaced?.visibleWhen;
  const questions = mode === 'light' ? [wishOf(appointment, 'always', shown)] : questionsOf(appointment, shown);
  if (replaced) {
    const replace = (item: Item): Item[] => (item.id === appointment.question ? questions : [item]);
    return { ...form, pages: form.pages.map((page) => ({ ...page, items: page.items.flatMap(replace) })) };
  }
  const last = form.pages.at(-1) ?? { id: 'flowella/page', items: [] };
  return { ...form, pages: [...form.pages.slice(0, -1), { ...last, items: [...last.items, ...questions] }] };
}

function questionsOf(appointment: AppointmentDesign, shown: Condition | undefined): Question[] {
  const { link, minutes, timeZone, zone, noTimes } = appointment;
  return [
    {
      kind: 'appointment-day',
      id: APPOINTMENT.day,
      label: appointment.label,
      // Where no day suits, the question below must be answered instead.
      required: false,
      ...(shown ? { visibleWhen: shown } : {}),
      link,
      minutes,
      timeZone,
      zone,
      noTimes,
      origin: {},
    },
    wishOf(appointment, 'without-day', shown),
    {
      kind: 'appointment',
      id: APPOINTMENT.time,
      label: appointment.label,
      required: true,
      visibleWhen: { op: 'answered', question: APPOINTMENT.day },
      link,
      minutes,
      timeZone,
      zone,
      noTimes,
      origin: {},
    },
  ];
}

function wishOf(
  { wishLabel }: AppointmentDesign,
  when: 'always' | 'without-day',
  shown: Condition | undefined,
): Question {
  const withoutDay: Condition = { op: 'not', condition: { op: 'answered', question: APPOINTMENT.day } };
  const parts = [...(shown ? [shown] : []), ...(when === 'without-day' ? [withoutDay] : [])];
  const [only, another] = parts;
  return {
    kind: 'date',
    id: APPOINTMENT.wish,
    label: wishLabel,
    required: true,
    ...(only ? { visibleWhen: another ? { op: 'and', conditions: parts } : only } : {}),
    remarks: [when === 'always' ? 'appointment_wish_only' : 'appointment_wish'],
    origin: {},
  };
}
