import type { AppointmentDesign, Design } from './design.ts';
import type { Form, Item, Question } from './form.ts';

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
  const questions = mode === 'light' ? [wishOf(appointment, 'always')] : questionsOf(appointment);
  const isIn = form.pages.some((page) => page.items.some((item) => item.id === appointment.question));
  if (isIn) {
    const replace = (item: Item): Item[] => (item.id === appointment.question ? questions : [item]);
    return { ...form, pages: form.pages.map((page) => ({ ...page, items: page.items.flatMap(replace) })) };
  }
  const last = form.pages.at(-1) ?? { id: 'flowella/page', items: [] };
  return { ...form, pages: [...form.pages.slice(0, -1), { ...last, items: [...last.items, ...questions] }] };
}

function questionsOf(appointment: AppointmentDesign): Question[] {
  const { link, minutes, timeZone, zone, noTimes } = appointment;
  return [
    {
      kind: 'appointment-day',
      id: APPOINTMENT.day,
      label: appointment.label,
      // Where no day suits, the question below must be answered instead.
      required: false,
      link,
      minutes,
      timeZone,
      zone,
      noTimes,
      origin: {},
    },
    wishOf(appointment, 'without-day'),
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

function wishOf({ wishLabel }: AppointmentDesign, when: 'always' | 'without-day'): Question {
  return {
    kind: 'date',
    id: APPOINTMENT.wish,
    label: wishLabel,
    required: true,
    ...(when === 'always'
      ? { remarks: ['appointment_wish_only'] }
      : {
          visibleWhen: { op: 'not', condition: { op: 'answered', question: APPOINTMENT.day } },
          remarks: ['appointment_wish'],
        }),
    origin: {},
  };
}
