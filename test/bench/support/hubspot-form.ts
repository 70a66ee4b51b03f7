import { emailOf } from './start-hubspot.ts';
import type { Answers } from '@flowella/shared/form/answers.ts';

const FIELDS = [
  ['email', 'email', 'Work email'],
  ['firstname', 'single_line_text', 'First name'],
  ['city', 'single_line_text', 'City'],
] as const;

/** A form of three questions as HubSpot's API returns it. */
export const HUBSPOT_FORM = {
  id: '7d0c5a10-1f5e-4b63-9c2e-5a1f0000be7c',
  name: 'Bench',
  formType: 'hubspot',
  createdAt: '2026-05-11T08:30:51.442Z',
  updatedAt: '2026-10-02T14:12:09.001Z',
  archived: false,
  fieldGroups: FIELDS.map(([name, fieldType, label]) => ({
    groupType: 'default_group',
    richTextType: 'text',
    fields: [
      {
        objectTypeId: '0-1',
        name,
        label,
        required: true,
        hidden: false,
        fieldType,
        dependentFields: [],
        ...(fieldType === 'email' ? { validation: { blockedEmailDomains: [], useDefaultBlockList: false } } : {}),
      },
    ],
  })),
  configuration: {
    language: 'en',
    cloneable: true,
    postSubmitAction: { type: 'thank_you', value: '<p>Thank you.</p>' },
    editable: true,
    archivable: true,
    recaptchaEnabled: false,
    notifyContactOwner: false,
    notifyRecipients: [],
    createNewContactForNewEmail: false,
    prePopulateKnownValues: true,
    allowLinkToResetKnownValues: false,
    lifecycleStages: [],
  },
  displayOptions: {
    renderRawHtml: false,
    theme: 'default_style',
    submitButtonText: 'Submit',
    style: {},
    cssClass: 'hs-form stacked',
  },
  legalConsentOptions: { type: 'none' },
};

/** What this contact answered. */
export function answersOf(portalId: number, contact: number): Answers {
  return {
    '0-1/email': { kind: 'email', value: emailOf(portalId, contact) },
    '0-1/firstname': { kind: 'text', value: 'Person' },
    '0-1/city': { kind: 'text', value: 'Hamburg' },
  };
}
