import { APPOINTMENT } from '@flowella/shared/form/appointment.ts';
import type { Answer } from '@flowella/shared/form/answers.ts';
import type { DeliveryItem } from '../destination.ts';

export type Appointment = Extract<Answer, { kind: 'appointment' }>;

/** The time that the person submitted; null when they were asked for none. */
export function appointmentOf(item: Pick<DeliveryItem, 'answers'>): Appointment | null {
  const answer = item.answers[APPOINTMENT.time];
  return answer?.kind === 'appointment' ? answer : null;
}
