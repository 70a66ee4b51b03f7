import { SANDBOX_FORMS_A, SANDBOX_FORMS_B } from './sandbox-forms.ts';
import type { HubSpotSeed } from './seed.ts';

/** Account A is connected by the sandbox at its start; account B is for walking the set-up by hand. */
export const SANDBOX_PORTAL_A = 148_220_001;
export const SANDBOX_PORTAL_B = 148_220_002;

type Portal = NonNullable<HubSpotSeed['portals']>[number];
type Property = NonNullable<Portal['properties']>[number];

const CUSTOM_PROPERTIES: Property[] = [
  property('document_type', 'Document type', 'enumeration', 'select', [
    ['Passport', 'passport'],
    ['National identity card', 'identity_card'],
    ['Residence permit', 'residence_permit'],
  ]),
  property('birth_date', 'Birth date', 'date', 'date'),
  property('house_number', 'House number', 'string', 'text'),
  property('politically_exposed', 'Politically exposed person', 'enumeration', 'radio', [
    ['Yes', 'yes'],
    ['No', 'no'],
  ]),
  property('accepts_terms', 'Accepts the terms', 'enumeration', 'booleancheckbox', [
    ['Yes', 'true'],
    ['No', 'false'],
  ]),
  property('contact_reason', 'Reason for contact', 'enumeration', 'select', [
    ['Sales', 'sales'],
    ['Support', 'support'],
    ['Billing', 'billing'],
    ['Something else', 'other'],
  ]),
  property('contact_reason_detail', 'Reason in own words', 'string', 'text'),
  property('event_participation', 'Teilnahme', 'enumeration', 'radio', [
    ['Ja, ich komme', 'ja'],
    ['Nein, leider nicht', 'nein'],
    ['Ich weiß es noch nicht', 'vielleicht'],
  ]),
  property('event_guests', 'Begleitpersonen', 'number', 'number'),
  property('event_guest_names', 'Namen der Begleitpersonen', 'string', 'textarea'),
  property('event_workshops', 'Workshops', 'enumeration', 'checkbox', [
    ['Datenschutz im Messenger', 'datenschutz'],
    ['Formulare, die Menschen ausfüllen', 'formulare'],
    ['Automatisierung ohne Überraschungen', 'automatisierung'],
  ]),
  property('event_diet', 'Verpflegung', 'enumeration', 'select', [
    ['Alles', 'alles'],
    ['Vegetarisch', 'vegetarisch'],
    ['Vegan', 'vegan'],
    ['Etwas anderes', 'anderes'],
  ]),
  property('event_diet_detail', 'Unverträglichkeiten', 'string', 'text'),
  property('event_absence_reason', 'Grund der Absage', 'string', 'textarea'),
  property('preferred_language', 'اللغة المفضلة', 'enumeration', 'radio', [
    ['العربية', 'ar'],
    ['中文', 'zh'],
    ['English', 'en'],
  ]),
  property('family_members', '家庭成员 👨‍👩‍👧‍👦', 'enumeration', 'checkbox', [
    ['孩子 👶', 'children'],
    ['父母 👵', 'parents'],
    ['宠物 🐈', 'pets'],
  ]),
  property('satisfaction', 'مدى رضاك', 'number', 'number'),
  property('visit_date', '到访日期', 'date', 'date'),
  property('attachment', 'المرفقات', 'string', 'file'),
  property('newsletter', '接收新闻 📰', 'enumeration', 'booleancheckbox', [
    ['是', 'true'],
    ['否', 'false'],
  ]),
  property('payment_choice', 'طريقة الدفع', 'enumeration', 'radio', [
    ['50 €', 'pay_50'],
    ['100 €', 'pay_100'],
  ]),
  property('whatsapp_consent', 'WhatsApp consent', 'enumeration', 'select', [
    ['Given', 'given'],
    ['Withdrawn', 'withdrawn'],
    ['Unknown', 'unknown'],
  ]),
];

/** What the sandbox's HubSpot starts with. The app must be added by the caller, who knows its addresses and secret. */
export const SANDBOX_PORTALS: Portal[] = [
  {
    portalId: SANDBOX_PORTAL_A,
    domain: 'nordlicht-bank.test',
    accountName: 'Nordlicht Bank',
    tier: 'enterprise',
    timeZone: 'Europe/Berlin',
    currency: 'EUR',
    users: [
      user(
        51_001,
        'mara.lindner@nordlicht-bank.test',
        'Mara',
        'Lindner',
        ['super-admin', 'contacts-edit', 'contacts-view'],
        '71001',
      ),
      user(51_002, 'jonas.weber@nordlicht-bank.test', 'Jonas', 'Weber', ['contacts-edit', 'contacts-view'], '71002'),
      user(51_003, 'guest@nordlicht-bank.test', 'Grete', 'Gast', ['contacts-view'], null),
    ],
    meetingLinks: [
      {
        id: '9001',
        slug: 'nordlicht/erstgespraech',
        name: 'Erstgespräch',
        organizerUserId: 51_001,
        userIds: [51_001],
        minutes: [30, 60],
      },
    ],
    properties: CUSTOM_PROPERTIES,
    contacts: [
      contact('101', 'Amélie', 'Dubois', 'amelie.dubois@atelier-dubois.test', {
        mobilephone: '+49 1512 3456789',
        city: 'Hamburg',
        company: 'Atelier Dubois',
        hs_language: 'fr',
        whatsapp_consent: 'given',
        lifecyclestage: 'customer',
        hubspot_owner_id: '71001',
      }),
      contact('102', 'Yusuf', 'Öztürk', 'yusuf@oeztuerk-logistik.test', {
        phone: '+90 532 123 45 67',
        city: 'İzmir',
        company: 'Öztürk Lojistik',
        whatsapp_consent: 'given',
        hubspot_owner_id: '71002',
      }),
      contact('103', '小龙', '王', 'wang.xiaolong@chengdu-import.test', {
        mobilephone: '+86 131 2345 6789',
        country: 'China',
        company: '成都进口有限公司',
        hs_language: 'zh-cn',
        whatsapp_consent: 'unknown',
      }),
      // No number at all: can be reached only once he writes himself.
      contact('104', 'Piotr', 'Wiśniewski', 'piotr.wisniewski@wisniewski-druk.test', {
        city: 'Poznań',
        company: 'Drukarnia Wiśniewski',
        hs_language: 'pl',
      }),
      // As a person in Brazil writes it: no country code, the area code in brackets.
      contact('105', 'Beatriz', 'de Souza Carvalho', 'beatriz@souza-carvalho.test', {
        phone: '(011) 98765-4321',
        country: 'Brazil',
        city: 'São Paulo',
        hs_language: 'pt',
        whatsapp_consent: 'given',
      }),
      // Has said no.
      contact('106', 'ليلى', 'الهاشمي', 'layla@alhashimi-consulting.test', {
        mobilephone: '+971 50 123 4567',
        country: 'United Arab Emirates',
        city: 'دبي',
        hs_language: 'ar',
        whatsapp_consent: 'withdrawn',
      }),
    ],
    forms: SANDBOX_FORMS_A,
  },
  {
    portalId: SANDBOX_PORTAL_B,
    domain: 'kraftwerk-kongress.test',
    accountName: 'Kraftwerk Kongresse',
    tier: 'pro',
    timeZone: 'Europe/Vienna',
    currency: 'EUR',
    users: [
      user(
        52_001,
        'sofia.huber@kraftwerk-kongress.test',
        'Sofia',
        'Huber',
        ['super-admin', 'contacts-edit', 'contacts-view'],
        '72001',
      ),
      user(52_002, 'leon.maier@kraftwerk-kongress.test', 'Leon', 'Maier', ['contacts-edit', 'contacts-view'], '72002'),
    ],
    properties: CUSTOM_PROPERTIES,
    contacts: [
      contact('201', 'Nguyễn Thị', 'Hương', 'huong.nguyen@hanoi-tours.test', {
        mobilephone: '+84 91 234 56 78',
        company: 'Hà Nội Tours',
        whatsapp_consent: 'given',
      }),
      contact('202', 'Karl-Heinz', 'Müller-Lüdenscheidt', 'k.mueller@badewanne.test', {
        mobilephone: '0664 1234567',
        country: 'Austria',
        city: 'Wien',
        hs_language: 'de',
        whatsapp_consent: 'given',
      }),
      contact('203', 'अदिति', 'शर्मा', 'aditi.sharma@sharma-textiles.test', {
        mobilephone: '+91 98765 43210',
        country: 'India',
        hs_language: 'hi',
        whatsapp_consent: 'unknown',
      }),
      contact('204', 'Mary-Jane', "O'Neill", 'mj.oneill@dublin-events.test', {
        country: 'Ireland',
        company: 'Dublin Events',
        hs_language: 'en',
      }),
      contact('205', 'さくら', '田中', 'sakura.tanaka@tanaka-design.test', {
        mobilephone: '+81 90-1234-5678',
        country: 'Japan',
        hs_language: 'ja',
        whatsapp_consent: 'withdrawn',
      }),
    ],
    forms: SANDBOX_FORMS_B,
  },
];

function user(
  userId: number,
  email: string,
  firstName: string,
  lastName: string,
  permissions: string[],
  ownerId: string | null,
): Portal['users'][number] {
  return { userId, email, firstName, lastName, permissions, ownerId };
}

function contact(
  id: string,
  firstname: string,
  lastname: string,
  email: string,
  more: Record<string, string>,
): NonNullable<Portal['contacts']>[number] {
  return { id, properties: { firstname, lastname, email, ...more } };
}

function property(
  name: string,
  label: string,
  type: Property['type'],
  fieldType: Property['fieldType'],
  options: [label: string, value: string][] = [],
): Property {
  return {
    name,
    label,
    type,
    fieldType,
    options: options.map(([optionLabel, value]) => ({ label: optionLabel, value })),
  };
}
