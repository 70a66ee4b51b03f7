import { liveKeys } from '@flowella/shared/compile/plan-question.ts';
import type { ProgramField } from '@flowella/shared/compile/program.ts';
import { LIMITS } from '@flowella/shared/compile/limits.ts';
import type { JsonValue } from '@flowella/shared/flow-json/flow-json.ts';
import type { FlowLanguage } from '@flowella/shared/flow-words/languages.ts';
import { APPOINTMENT } from '@flowella/shared/form/appointment.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';
import { cutText } from '@flowella/shared/form/cut-text.ts';
import {
  dayTitle,
  daysOf,
  timesOn,
  timeTitle,
  zoneTitle,
  type FreeTimes,
} from '../destinations/calendar/free-times.ts';

type Option = { id: string; title: string };
type Live = { options: Option[]; note: string };

/** A menu without an item closes the flow on the phone; this one is refused when it is sent. */
const NOTHING: Option = { id: 'none', title: '–' };

/**
 * Options and sentence of each menu that only the server can fill: days with free times, and the free times of the chosen day.
 * A value that is offered no more is taken out of `init`, since the phone would show it as chosen. Pure but for that.
 */
export function liveData(
  fields: readonly ProgramField[],
  facts: { program: { language: FlowLanguage }; answersBefore: Answers; freeTimes?: FreeTimes },
  init: JsonValue | undefined,
): Record<string, JsonValue> {
  const data: Record<string, JsonValue> = {};
  for (const { question, inputs } of fields) {
    const [input] = inputs;
    if (!input?.isLive || (question.kind !== 'appointment-day' && question.kind !== 'appointment')) continue;
    const freeTimes = facts.freeTimes ?? { timeZone: question.timeZone, starts: null };
    const { language } = facts.program;
    const { options, note } =
      question.kind === 'appointment-day' ? daysFor(freeTimes, language) : timesFor(freeTimes, facts, language);
    const keys = liveKeys(input.name);
    data[keys.options] = options.length > 0 ? options.slice(0, LIMITS.dropdownOptions) : [NOTHING];
    data[keys.note] = cutText(options.length > 0 ? note : question.noTimes, LIMITS.caption);
    if (isRecord(init) && !options.some(({ id }) => id === init[input.name])) Reflect.deleteProperty(init, input.name);
  }
  return data;
}

function daysFor(freeTimes: FreeTimes, language: FlowLanguage): Live {
  const options = daysOf(freeTimes).map((day) => option(day, dayTitle(day, language)));
  return { options, note: noteOf(freeTimes, freeTimes.starts?.[0], language) };
}

function timesFor(freeTimes: FreeTimes, { answersBefore }: { answersBefore: Answers }, language: FlowLanguage): Live {
  const day = answersBefore[APPOINTMENT.day];
  const starts = day?.kind === 'date' ? timesOn(freeTimes, day.value) : [];
  const options = starts.map((start) => option(start, timeTitle(start, freeTimes.timeZone, language)));
  const heading = day?.kind === 'date' ? `${dayTitle(day.value, language)} · ` : '';
  return { options, note: `${heading}${noteOf(freeTimes, starts[0], language)}` };
}

function noteOf({ timeZone }: FreeTimes, start: string | undefined, language: FlowLanguage): string {
  return start === undefined ? '' : zoneTitle(timeZone, start, language);
}

function option(id: string, title: string): Option {
  return { id, title: cutText(title, LIMITS.optionTitle) };
}

function isRecord(value: JsonValue | undefined): value is Record<string, JsonValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
