import type { Field } from '../graph/read-fields.ts';
import type { Store } from '../store.ts';
import { findApp, findBusiness, type PhoneNumber, type Waba } from './accounts.ts';

type CanSend = 'AVAILABLE' | 'LIMITED' | 'BLOCKED';
export type HealthError = { error_code: number; error_description: string; possible_solution: string };
export type HealthEntity = {
  entity_type: string;
  id: string;
  can_send_message: CanSend;
  errors?: HealthError[];
  additional_info?: string[];
};

const WORST_FIRST: CanSend[] = ['BLOCKED', 'LIMITED', 'AVAILABLE'];

/** `health_status` over the entities a message passes (whatsapp-flows.md section 8): the worst of them decides. */
export function healthOf(entities: HealthEntity[]): { can_send_message: CanSend; entities: HealthEntity[] } {
  const worst = WORST_FIRST.find((state) => entities.some((entity) => entity.can_send_message === state));
  return { can_send_message: worst ?? 'AVAILABLE', entities };
}

export function numberEntity(number: PhoneNumber): HealthEntity {
  const isNamed = !['DECLINED', 'EXPIRED', 'NONE'].includes(number.name_status);
  return {
    entity_type: 'PHONE_NUMBER',
    id: number.id,
    can_send_message: isNamed ? 'AVAILABLE' : 'LIMITED',
    ...(isNamed
      ? {}
      : {
          additional_info: [
            'Your display name has not been approved yet. Your message limit will increase after it is.',
          ],
        }),
  };
}

export function wabaEntities(store: Store, waba: Waba, appId: string): HealthEntity[] {
  const business = findBusiness(store, waba.business_id);
  const isVerified = business?.verified ?? false;
  return [
    { entity_type: 'WABA', id: waba.id, can_send_message: 'AVAILABLE' },
    {
      entity_type: 'BUSINESS',
      id: waba.business_id,
      can_send_message: isVerified ? 'AVAILABLE' : 'LIMITED',
      ...(isVerified
        ? {}
        : {
            errors: [
              {
                error_code: 141010,
                error_description: 'The Business has not passed business verification.',
                possible_solution: 'Visit business settings and start or resolve the business verification request.',
              },
            ],
          }),
    },
    ...(findApp(store, appId) ? [{ entity_type: 'APP', id: appId, can_send_message: 'AVAILABLE' as const }] : []),
  ];
}

/** The argument of `health_status.phone_number(ID)`, if given. */
export function wantedNumberId(field: Field): string | undefined {
  return field.modifiers.find((modifier) => modifier.name === 'phone_number')?.argument;
}
