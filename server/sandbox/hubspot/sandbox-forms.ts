import type { HubSpotSeed } from './seed.ts';

type Form = NonNullable<NonNullable<HubSpotSeed['portals']>[number]['forms']>[number];
type Field = Record<string, unknown>;

/** Subscription types of the sandbox's accounts, as consent checkboxes name them. */
const NEWSLETTER = 23_704_464;
const EVENTS = 23_704_465;

/** Three fields to a row, as HubSpot's editor lays them out. */
const contactRequest = form(
  '7d0c5a10-1f5e-4b63-9c2e-5a1f00000001',
  'Contact request',
  [
    group([text('firstname', 'First name', { required: true }), text('lastname', 'Last name', { required: true })]),
    group([
      email('Work email', { blockedEmailDomains: ['mailinator.com'] }),
      phone('mobilephone', 'mobile_phone', 'Mobile number', {
        description: 'With country code, such as +49 151 23456789',
      }),
    ]),
    group([
      choice(
        'contact_reason',
        'dropdown',
        'What is it about?',
        [
          ['Sales', 'sales'],
          ['Support', 'support'],
          ['Billing', 'billing'],
          ['Something else', 'other'],
        ],
        {
          required: true,
          placeholder: 'Please choose',
          dependentFields: [
            dependent(
              { operator: 'set_any', values: ['other'] },
              text('contact_reason_detail', 'In a few words', { required: true }),
            ),
          ],
        },
      ),
    ]),
    group(
      [field('message', 'multi_line_text', 'Your message', { required: true, placeholder: 'How can we help?' })],
      '<p>We answer within <strong>one working day</strong>.</p>',
    ),
    group([text('hs_language', 'Language', { hidden: true, defaultValue: 'en' })]),
  ],
  {
    legalConsentOptions: {
      type: 'implicit_consent_to_process',
      communicationConsentText:
        'From time to time we would like to tell you about our products. If you agree, please tick below.',
      communicationsCheckboxes: [
        { subscriptionTypeId: NEWSLETTER, label: 'I agree to receive the <em>newsletter</em>.', required: false },
      ],
      consentToProcessText: 'By clicking submit below, you consent to us storing and processing what you entered.',
      privacyText:
        '<p>You can unsubscribe at any time. See our <a href="https://www.nordlicht-bank.test/privacy">privacy policy</a>.</p>',
    },
  },
);

const knowYourCustomer = form(
  '7d0c5a10-1f5e-4b63-9c2e-5a1f00000002',
  'Know your customer',
  [
    group(
      [
        text('firstname', 'Legal first name(s)', { required: true, description: 'As in your document' }),
        text('lastname', 'Legal last name', { required: true }),
      ],
      '<h3>Who you are</h3><p>The law asks us to know our customers.</p>',
    ),
    group([email('Email', {}), field('birth_date', 'datepicker', 'Birth date', { required: true })]),
    group([text('address', 'Street', { required: true }), text('house_number', 'House number', { required: true })]),
    group([
      text('zip', 'Postal code', { required: true }),
      text('city', 'City', { required: true }),
      text('country', 'Country', { required: true, defaultValue: 'Germany' }),
    ]),
    group([
      choice(
        'document_type',
        'radio',
        'Which document will you show?',
        [
          ['Passport', 'passport'],
          ['National identity card', 'identity_card'],
          ['Residence permit', 'residence_permit'],
        ],
        { required: true },
      ),
      choice(
        'politically_exposed',
        'radio',
        'Do you or a close relative hold a prominent public office?',
        [
          ['Yes', 'yes'],
          ['No', 'no'],
        ],
        {
          required: true,
          dependentFields: [
            dependent(
              { operator: 'eq', value: 'yes' },
              field('message', 'multi_line_text', 'Which office, and where?', { required: true }),
            ),
          ],
        },
      ),
    ]),
    group([field('accepts_terms', 'single_checkbox', 'I confirm that what I have said is true', { required: true })]),
  ],
  {
    legalConsentOptions: {
      type: 'explicit_consent_to_process',
      communicationConsentText: 'We would like to keep you informed.',
      communicationsCheckboxes: [
        { subscriptionTypeId: NEWSLETTER, label: 'I agree to receive news by email.', required: false },
      ],
      consentToProcessText: 'To open an account, we must store and process the personal data you provide.',
      consentToProcessCheckboxLabel: 'I agree to the storing and processing of my personal data.',
      consentToProcessFooterText: 'You can withdraw your consent at any time.',
      privacyText: 'How we protect your privacy is described in our privacy policy.',
    },
  },
);

const eventReply = form(
  '7d0c5a10-1f5e-4b63-9c2e-5a1f00000003',
  'Anmeldung zum Kundentag',
  [
    group(
      [text('firstname', 'Vorname', { required: true }), text('lastname', 'Nachname', { required: true })],
      '<p>Wir freuen uns auf Sie am <b>12.&nbsp;März 2027</b> in der Speicherstadt.</p>',
    ),
    group([email('E-Mail-Adresse', {})]),
    group([
      choice(
        'event_participation',
        'radio',
        'Nehmen Sie teil?',
        [
          ['Ja, ich komme', 'ja'],
          ['Nein, leider nicht', 'nein'],
          ['Ich weiß es noch nicht', 'vielleicht'],
        ],
        {
          required: true,
          dependentFields: [
            dependent(
              { operator: 'set_any', values: ['ja', 'vielleicht'] },
              field('event_guests', 'number', 'Wie viele Personen bringen Sie mit?', {
                required: true,
                validation: { minAllowedDigits: 1, maxAllowedDigits: 2 },
                dependentFields: [
                  dependent(
                    { operator: 'gte', value: '1' },
                    field('event_guest_names', 'multi_line_text', 'Namen Ihrer Begleitung', { required: true }),
                  ),
                ],
              }),
            ),
            dependent(
              { operator: 'eq', value: 'ja' },
              choice('event_workshops', 'multiple_checkboxes', 'Welche Workshops möchten Sie besuchen?', [
                ['Datenschutz im Messenger', 'datenschutz'],
                ['Formulare, die Menschen ausfüllen', 'formulare'],
                ['Automatisierung ohne Überraschungen', 'automatisierung'],
              ]),
            ),
            dependent(
              { operator: 'set_any', values: ['ja'] },
              choice(
                'event_diet',
                'dropdown',
                'Verpflegung',
                [
                  ['Alles', 'alles'],
                  ['Vegetarisch', 'vegetarisch'],
                  ['Vegan', 'vegan'],
                  ['Etwas anderes', 'anderes'],
                ],
                {
                  required: true,
                  dependentFields: [
                    dependent(
                      { operator: 'eq', value: 'anderes' },
                      text('event_diet_detail', 'Was sollten wir wissen?', { required: true }),
                    ),
                  ],
                },
              ),
            ),
            dependent(
              { operator: 'eq', value: 'nein' },
              field('event_absence_reason', 'multi_line_text', 'Schade! Mögen Sie uns sagen, warum?'),
            ),
          ],
        },
      ),
    ]),
  ],
  {
    language: 'de',
    legalConsentOptions: {
      type: 'legitimate_interest',
      lawfulBasis: 'lead',
      subscriptionTypeIds: [EVENTS],
      privacyText: 'Wir verarbeiten Ihre Angaben, um die Veranstaltung vorzubereiten.',
    },
  },
);

const protectedForm = form(
  '7d0c5a10-1f5e-4b63-9c2e-5a1f00000004',
  'Newsletter (protected by reCAPTCHA)',
  [group([email('Email address', {})]), group([text('firstname', 'First name')])],
  { recaptchaEnabled: true },
);

const everyFieldType = form(
  '7d0c5a10-1f5e-4b63-9c2e-5a1f00000005',
  'كل الحقول 所有字段 👨‍👩‍👧‍👦',
  [
    group([email('البريد الإلكتروني', {})], '<p dir="rtl">املأ هذا النموذج من فضلك &amp; شكرا</p>'),
    group([text('firstname', 'الاسم الأول', { required: true }), text('lastname', '姓氏 👪')]),
    group([
      phone('phone', 'phone', 'رقم الهاتف ☎️', { useCountryCodeSelect: true }),
      phone('mobilephone', 'mobile_phone', '手机号码 📱', {}),
    ]),
    group([field('message', 'multi_line_text', `رسالتك: ${'نص طويل جدا '.repeat(14).trim()}؟`)]),
    group([
      field('satisfaction', 'number', 'مدى رضاك من ١ إلى ١٠ 🌟', {
        validation: { minAllowedDigits: 1, maxAllowedDigits: 2 },
      }),
    ]),
    group([field('newsletter', 'single_checkbox', '接收新闻 📰')]),
    group([
      choice('family_members', 'multiple_checkboxes', '家庭成员 👨‍👩‍👧‍👦', [
        ['孩子 👶', 'children'],
        ['父母 👵', 'parents'],
        ['宠物 🐈', 'pets'],
      ]),
    ]),
    group([
      choice('numemployees', 'dropdown', 'عدد الموظفين 🏢', [
        ['1-5', '1-5'],
        ['5-25', '5-25'],
        ['25-50', '25-50'],
        ['50-100', '50-100'],
        ['100-500', '100-500'],
        ['500-1000', '500-1000'],
        ['1000+', '1000+'],
      ]),
    ]),
    group([
      choice(
        'preferred_language',
        'radio',
        'اللغة المفضلة',
        [
          ['العربية', 'ar'],
          ['中文', 'zh'],
          ['English', 'en'],
        ],
        { defaultValues: ['ar'] },
      ),
    ]),
    group([field('visit_date', 'datepicker', '到访日期 📅')]),
    group([field('attachment', 'file', 'المرفقات 📎', { allowMultipleFiles: true })]),
    group([
      choice('payment_choice', 'payment_link_radio', 'طريقة الدفع 💶', [
        ['50 €', 'pay_50'],
        ['100 €', 'pay_100'],
      ]),
    ]),
    group([field('name', 'single_line_text', 'اسم الشركة', { objectTypeId: '0-2' })]),
    // A group without fields: the editor leaves such ones behind.
    group([], '<p>谢谢！</p>'),
  ],
  { language: 'ar-eg' },
);

export const SANDBOX_FORMS_A: Form[] = [contactRequest, knowYourCustomer, eventReply, protectedForm, everyFieldType];
export const SANDBOX_FORMS_B: Form[] = SANDBOX_FORMS_A.map((one) => ({ ...one, id: one.id.replace('5a1f', '5b2f') }));

type More = { language?: string; recaptchaEnabled?: boolean; legalConsentOptions?: Record<string, unknown> };

function form(id: string, name: string, fieldGroups: Record<string, unknown>[], more: More = {}): Form {
  return {
    id,
    name,
    formType: 'hubspot',
    createdAt: '2026-05-11T08:30:51.442Z',
    updatedAt: '2026-10-02T14:12:09.001Z',
    archived: false,
    fieldGroups,
    configuration: {
      language: more.language ?? 'en',
      cloneable: true,
      postSubmitAction: { type: 'thank_you', value: '<p>Thank you.</p>' },
      editable: true,
      archivable: true,
      recaptchaEnabled: more.recaptchaEnabled ?? false,
      notifyContactOwner: false,
      notifyRecipients: [],
      createNewContactForNewEmail: false,
      prePopulateKnownValues: true,
      allowLinkToResetKnownValues: false,
      lifecycleStages: [],
      embedType: 'V3',
    },
    displayOptions: {
      renderRawHtml: false,
      theme: 'default_style',
      submitButtonText: more.language === 'de' ? 'Absenden' : 'Submit',
      style: {
        fontFamily: 'arial, helvetica, sans-serif',
        backgroundWidth: '100%',
        labelTextColor: '#33475b',
        labelTextSize: '14px',
        helpTextColor: '#7C98B6',
        helpTextSize: '11px',
        legalConsentTextColor: '#33475b',
        legalConsentTextSize: '14px',
        submitColor: '#ff7a59',
        submitAlignment: 'left',
        submitFontColor: '#ffffff',
        submitSize: '12px',
      },
      cssClass: 'hs-form stacked',
    },
    legalConsentOptions: more.legalConsentOptions ?? { type: 'none' },
  };
}

function group(fields: Field[], richText?: string): Record<string, unknown> {
  return { groupType: 'default_group', richTextType: 'text', fields, ...(richText === undefined ? {} : { richText }) };
}

function field(name: string, fieldType: string, label: string, more: Field = {}): Field {
  return { objectTypeId: '0-1', name, label, required: false, hidden: false, fieldType, dependentFields: [], ...more };
}

function text(name: string, label: string, more: Field = {}): Field {
  return field(name, 'single_line_text', label, more);
}

function email(label: string, validation: { blockedEmailDomains?: string[] }): Field {
  return field('email', 'email', label, {
    required: true,
    validation: { blockedEmailDomains: [], useDefaultBlockList: false, ...validation },
  });
}

function phone(name: string, fieldType: 'phone' | 'mobile_phone', label: string, more: Field): Field {
  return field(name, fieldType, label, {
    ...(fieldType === 'phone' ? { useCountryCodeSelect: false } : {}),
    validation: { minAllowedDigits: 7, maxAllowedDigits: 20 },
    ...more,
  });
}

function choice(
  name: string,
  fieldType: string,
  label: string,
  options: [label: string, value: string][],
  more: Field = {},
): Field {
  return field(name, fieldType, label, {
    defaultValues: [],
    options: options.map(([optionLabel, value], displayOrder) => ({ label: optionLabel, value, displayOrder })),
    ...more,
  });
}

function dependent(
  condition: { operator: string; value?: string; values?: string[] },
  dependentField: Field,
): Record<string, unknown> {
  return { dependentCondition: { value: '', values: [], rangeStart: '', rangeEnd: '', ...condition }, dependentField };
}
