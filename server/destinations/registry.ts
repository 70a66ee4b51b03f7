import { createCalendarDestination } from './calendar/calendar-destination.ts';
import { createInvitationDestination } from './calendar/invitation-destination.ts';
import type { SendDocument } from './calendar/send-document.ts';
import type { SendTimes } from './calendar/send-times.ts';
import { createContactDestination } from './contact/contact-destination.ts';
import type { PortalKeys } from '../keys/portal-keys.ts';
import type { Destination } from './destination.ts';
import type { FetchFile } from './files/fetch-file.ts';
import { createFilesDestination } from './files/files-destination.ts';
import { createFormSubmissionDestination } from './form-submission/form-submission-destination.ts';
import { createIdentityCheckDestination, type IdentityTools } from './identity-check/identity-check-destination.ts';
import { createIdentityResultDestination } from './identity-check/identity-result-destination.ts';
import { createKycRecordDestination } from './kyc-record/kyc-record-destination.ts';
import { createTaskDestination } from './task/task-destination.ts';
import { createTimelineDestination } from './timeline/timeline-destination.ts';
import { createSafeFetch } from '../safe-fetch/safe-fetch.ts';
import type { UrlRules } from '../safe-fetch/check-url.ts';
import { createWebhookDestination } from './webhook/webhook-destination.ts';

/** Every place a submission can go, the contact first: others wait for it. A new destination is one line here and its own folder. */
export function createDestinations(tools: {
  keys: PortalKeys;
  urlRules: UrlRules;
  fetchFile: FetchFile;
  sendDocument: SendDocument;
  sendTimes: SendTimes;
  identity: Pick<IdentityTools, 'standInUrl' | 'sendLink' | 'countryOf'>;
}): readonly Destination[] {
  const safeFetch = createSafeFetch(tools.urlRules);
  const identity = { ...tools.identity, keys: tools.keys, safeFetch };
  return [
    createContactDestination(),
    createFilesDestination(tools.fetchFile),
    createFormSubmissionDestination(),
    createKycRecordDestination(),
    createTimelineDestination(),
    createTaskDestination(),
    createCalendarDestination(tools),
    createInvitationDestination(tools),
    createWebhookDestination({ ...tools, safeFetch }),
    createIdentityCheckDestination(identity),
    createIdentityResultDestination(identity),
  ];
}
