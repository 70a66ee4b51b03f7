/**
 * Which room may import which (design, section 2): imports point one way. A room not named as a key may import anything but
 * the sandbox; every room may import itself and the ground floor, which is `GROUND`.
 */
export const GROUND = [
  'app-error',
  'clock',
  'ids',
  'bounded-cache',
  'safe-fetch',
  'limits',
  'rate-window',
  'slots',
  'each-limited',
  'batches',
  'config',
  'db',
  'keys',
  'observe',
];

export const MAY_IMPORT = {
  hubspot: ['audit'],
  sources: ['hubspot'],
  destinations: ['hubspot', 'sources', 'audit'],
  delivery: ['destinations', 'hubspot', 'audit'],
  identity: ['delivery', 'destinations', 'hubspot', 'audit'],
  submissions: ['delivery', 'destinations', 'hubspot', 'audit'],
  endpoint: ['submissions', 'delivery', 'destinations', 'audit'],
  flows: ['sources', 'destinations', 'whatsapp', 'hubspot', 'endpoint', 'audit'],
  whatsapp: ['submissions', 'delivery', 'destinations', 'hubspot', 'endpoint', 'audit', 'flows', 'sources'],
  alerts: ['whatsapp', 'endpoint', 'delivery', 'destinations', 'hubspot', 'audit'],
  keys: [],
  db: [],
  observe: [],
  audit: [],
};

/** Rooms of server/, for working out what a room may not import. */
export const ROOMS = [
  'alerts',
  'api',
  'audit',
  'delivery',
  'destinations',
  'endpoint',
  'flows',
  'hubspot',
  'identity',
  'operator',
  'preview',
  'sandbox',
  'sources',
  'submissions',
  'whatsapp',
];

/** A flat-config entry that refuses imports against the direction. */
export function boundaryOf(room, allowed) {
  const forbidden = ROOMS.filter((other) => other !== room && !allowed.includes(other));
  return {
    name: `boundary: server/${room}`,
    files: [`server/${room}/**/*.{ts,tsx}`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `(^|/)\\.\\./(?:\\.\\./)*(?:server/)?(?:${forbidden.join('|')})/`,
              message: `server/${room} may import only ${['itself', ...allowed, ...GROUND].join(', ')}: imports point one way (design, section 2).`,
            },
            { regex: 'hubspot-project/', message: 'The server never imports what HubSpot runs.' },
          ],
        },
      ],
    },
  };
}
