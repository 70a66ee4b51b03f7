import type { Program } from '@flowella/shared/compile/program.ts';
import type { JsonValue } from '@flowella/shared/flow-json/flow-json.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { fieldsOf, initValues } from './screen-data.ts';

/**
 * `flow_action_payload.data` (in a template `flow_action_data`) of a light flow: the complete model of its entry screen with
 * the first values of all screens. Null when that screen declares none; otherwise it must always be sent, also without a
 * single known value, since the message has to match the model exactly (flow-rules.md section 3).
 */
export function prefillForLight(program: Program, prefill: Answers): Record<string, JsonValue> | null {
  const data: Record<string, JsonValue> = {};
  for (const screen of program.screens) {
    if (!screen.initKey) continue;
    const fields = fieldsOf(program, screen).filter((field) => field.mayPrefill);
    data[screen.initKey] = initValues(fields, undefined, prefill);
  }
  return program.mode === 'light' && Object.keys(data).length > 0 ? data : null;
}
