import type { FastifyInstance } from 'fastify';
import { addApiRoute, type Answer, type Call } from '../api-route.ts';
import { notFound } from '../hubspot-error.ts';
import { findPortal, type StandIn } from '../stand-in.ts';
import { uninstall } from './tokens.ts';

/** Account details 2026-09, and the app's own uninstall: under the date of its description and under the one of the prose. */
export function addAccountRoutes(app: FastifyInstance, standIn: StandIn): void {
  addApiRoute(app, standIn, {
    method: 'GET',
    url: '/account-info/2026-09/details',
    scopes: ['oauth'],
    handle: details,
  });
  for (const date of ['2026-03', '2026-09']) {
    addApiRoute(app, standIn, {
      method: 'DELETE',
      url: `/appinstalls/${date}/external-install`,
      scopes: ['oauth'],
      handle: remove,
    });
  }
}

function details(call: Call): Answer {
  const portal = findPortal(call.standIn.store, call.portalId);
  if (!portal) throw notFound('The account was not found');
  const offsetMinutes = utcOffsetMinutes(portal.timeZone, call.standIn.clock.now());
  const sign = offsetMinutes < 0 ? '-' : '+';
  const absolute = Math.abs(offsetMinutes);
  const twoDigits = (value: number): string => String(value).padStart(2, '0');
  return {
    status: 200,
    body: {
      portalId: portal.portalId,
      accountType: 'STANDARD',
      timeZone: portal.timeZone,
      companyCurrency: portal.currency,
      additionalCurrencies: [],
      utcOffset: `${sign}${twoDigits(Math.floor(absolute / 60))}:${twoDigits(absolute % 60)}`,
      utcOffsetMilliseconds: offsetMinutes * 60_000,
      uiDomain: 'app.hubspot.com',
      dataHostingLocation: 'na1',
    },
  };
}

function remove(call: Call): Answer {
  uninstall(call.standIn, call.appId, call.portalId);
  return { status: 204 };
}

function utcOffsetMinutes(timeZone: string, at: Date): number {
  const name =
    new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
      .formatToParts(at)
      .find((part) => part.type === 'timeZoneName')?.value ?? '';
  const match = /GMT([+-])(\d{2}):(\d{2})/.exec(name);
  if (!match) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}
