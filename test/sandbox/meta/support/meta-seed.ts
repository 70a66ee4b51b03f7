import type { MetaSeed } from '../../../../server/sandbox/meta/seed.ts';

export const APP = { id: '670843887433847', name: 'Flowella', secret: 'app-secret-for-tests' };
export const OTHER_APP = { id: '670843887433999', name: 'Another app', secret: 'another-secret' };
export const WABA = '102290129340398';
export const OTHER_WABA = '102290129340777';
export const NUMBER = '106540352242922';
export const TOKEN = 'EAAsystemusertoken';
export const PORTFOLIO = '506914307656634';

export const ANNA = { waId: '4915112345678', name: 'Anna Müller', bsuid: 'DE.11111111111111111111' };
export const HIDDEN = {
  waId: '4915187654321',
  name: 'Berta',
  bsuid: 'DE.22222222222222222222',
  username: 'berta.b',
  hidePhone: true,
};
export const USA = { waId: '16505551234', name: 'Carl', bsuid: 'US.33333333333333333333' };

export const SEED: MetaSeed = {
  apps: [APP, OTHER_APP],
  businesses: [
    { id: PORTFOLIO, name: 'Muster GmbH' },
    { id: '506914307656999', name: 'Other Ltd', verified: false },
  ],
  wabas: [
    { id: WABA, name: 'Muster WhatsApp', businessId: PORTFOLIO },
    { id: OTHER_WABA, name: 'Other WhatsApp', businessId: '506914307656999' },
  ],
  phoneNumbers: [
    { id: NUMBER, wabaId: WABA, displayPhoneNumber: '+49 30 901820', verifiedName: 'Muster' },
    { id: '106540352242999', wabaId: OTHER_WABA, displayPhoneNumber: '+44 20 7946 0958', verifiedName: 'Other' },
  ],
  tokens: [
    {
      token: TOKEN,
      appId: APP.id,
      scopes: ['whatsapp_business_management', 'whatsapp_business_messaging'],
      assetIds: [WABA],
    },
    { token: 'EAAmanagementonly', appId: APP.id, scopes: ['whatsapp_business_management'], assetIds: [WABA] },
    { token: 'EAAmessagingonly', appId: APP.id, scopes: ['whatsapp_business_messaging'], assetIds: [WABA] },
    {
      token: 'EAAexpired',
      appId: APP.id,
      scopes: ['whatsapp_business_management'],
      assetIds: [WABA],
      expiresAt: 1_000,
    },
  ],
  people: [ANNA, HIDDEN, USA],
};
