import type { FormNotice } from '@flowella/shared/form/form.ts';
import type { Definition, RawQuestion } from './definition.ts';

/** What is true of the whole form; the words that are shown stand in the report's own texts, in both languages. */
export function noticesOf(definition: Definition): FormNotice[] {
  const { settings, items } = definition;
  const notices: FormNotice[] = [
    {
      code: 'google_not_exposed',
      message:
        'Google gives apps neither the rules for what may be entered, nor the confirmation text, nor where a section goes on without an answer that says so.',
      advice: 'Compare the screens with your form before you publish.',
    },
  ];
  const closed = closedCode(definition);
  if (closed)
    notices.push({
      code: closed,
      message: 'The form takes no answers in Google Forms at the moment.',
      advice: 'Publish it and let it accept responses before answers are to be added to it.',
    });
  if (settings?.emailCollectionType === 'VERIFIED')
    notices.push({
      code: 'google_email_verified',
      message: 'The form collects the verified address of a Google account, which WhatsApp does not know.',
      advice: 'Add a question for the e-mail address if you need one.',
    });
  if (isQuiz(definition))
    notices.push({
      code: 'google_quiz',
      message: 'Points for right answers are counted as Google counts them, and each answer keeps its grade.',
      advice: '',
    });
  if (items.some((item) => item.questionItem?.question.fileUploadQuestion))
    notices.push({
      code: 'google_sign_in',
      message: 'A form with an upload makes people sign in to Google; on WhatsApp nobody has to.',
      advice: '',
    });
  return notices;
}

/**
 * Forms made before `publishSettings` existed have none and are open (Forms API v1, `PublishSettings`); where there is a
 * state, Google leaves out what is false.
 */
export function closedCode({ publishSettings }: Definition): 'google_not_published' | 'google_closed' | null {
  const state = publishSettings?.publishState;
  if (!state) return null;
  if (!state.isPublished) return 'google_not_published';
  return state.isAcceptingResponses ? null : 'google_closed';
}

/** Only a form with quiz settings has points, whatever else its questions say (Forms API v1, `QuizSettings`). */
export function isQuiz({ settings }: Definition): boolean {
  return settings?.quizSettings?.isQuiz === true;
}

/** Points of a question and the answers that earn them; without such answers a person gives the points. */
export function gradingOf(definition: Definition, raw: RawQuestion): { points: number; right: string[] } | null {
  const points = raw.grading?.pointValue ?? 0;
  if (!isQuiz(definition) || !Number.isFinite(points) || points <= 0) return null;
  const right = (raw.grading?.correctAnswers?.answers ?? []).flatMap(({ value }) => value || []);
  return { points, right };
}
