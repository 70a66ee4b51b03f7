import type { MetaSeed } from './seed.ts';

/** Two businesses with a WhatsApp account and a number each: the first is connected by the sandbox, the second by hand. */
export const SANDBOX_WABAS = [
  { portal: 'A', wabaId: '102290129340398', phoneNumberId: '106540352242922', appId: '670843887433847' },
  { portal: 'B', wabaId: '102290129341455', phoneNumberId: '106540352247733', appId: '670843887433847' },
] as const;

/** What exists at the sandbox's Meta. The people are the contacts of the sandbox's HubSpot accounts who have a number. */
export function sandboxMeta(secrets: { appSecret: string; token: string }): MetaSeed {
  return {
    apps: [{ id: SANDBOX_WABAS[0].appId, name: 'Flowella sandbox', secret: secrets.appSecret }],
    businesses: [
      { id: '2729063490586005', name: 'Nordlicht Bank' },
      { id: '2729063490587700', name: 'Kraftwerk Kongresse' },
    ],
    wabas: [
      {
        id: SANDBOX_WABAS[0].wabaId,
        name: 'Nordlicht Bank',
        businessId: '2729063490586005',
        country: 'DE',
        currency: 'EUR',
      },
      {
        id: SANDBOX_WABAS[1].wabaId,
        name: 'Kraftwerk Kongresse',
        businessId: '2729063490587700',
        country: 'AT',
        currency: 'EUR',
      },
    ],
    phoneNumbers: [
      {
        id: SANDBOX_WABAS[0].phoneNumberId,
        wabaId: SANDBOX_WABAS[0].wabaId,
        displayPhoneNumber: '+49 40 87969400',
        verifiedName: 'Nordlicht Bank',
        qualityRating: 'GREEN',
        nameStatus: 'APPROVED',
        messagingLimit: 'TIER_2K',
      },
      {
        id: SANDBOX_WABAS[1].phoneNumberId,
        wabaId: SANDBOX_WABAS[1].wabaId,
        displayPhoneNumber: '+43 1 5122330',
        verifiedName: 'Kraftwerk Kongresse',
        qualityRating: 'GREEN',
        nameStatus: 'APPROVED',
        messagingLimit: 'TIER_250',
      },
    ],
    tokens: [
      {
        token: secrets.token,
        appId: SANDBOX_WABAS[0].appId,
        scopes: ['whatsapp_business_management', 'whatsapp_business_messaging'],
        assetIds: SANDBOX_WABAS.map((waba) => waba.wabaId),
      },
    ],
    people: [
      { waId: '4915123456789', name: 'Amélie Dubois' },
      { waId: '905321234567', name: 'Yusuf Öztürk' },
      { waId: '8613123456789', name: '王小龙' },
      { waId: '5511987654321', name: 'Beatriz de Souza Carvalho' },
      { waId: '971501234567', name: 'ليلى الهاشمي' },
      { waId: '84912345678', name: 'Nguyễn Thị Hương', username: 'huong.nguyen' },
      { waId: '436641234567', name: 'Karl-Heinz Müller-Lüdenscheidt' },
      { waId: '919876543210', name: 'अदिति शर्मा' },
      { waId: '819012345678', name: '田中さくら' },
    ],
  };
}
