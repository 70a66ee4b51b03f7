import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { compileDefinition } from '../../server/flows/compile-definition.ts';
import { toSession } from '../../server/preview/preview-routes.ts';
import { openFlow } from '../../shared/phone/run-flow.ts';

const raw: unknown = JSON.parse(
  await readFile(new URL('../sources/hubspot-forms/fixtures/kyc.json', import.meta.url), 'utf8'),
);

const unused = () => Promise.reject(new Error('not used'));

test('the preview of a flow that runs on the phone alone opens on its first screen, which declares data', () => {
  const { flowJson, program } = compileDefinition({ source: 'hubspot', mode: 'light', locale: 'en', raw });
  expect(flowJson.screens[0]?.data).toBeDefined();
  const message = { body: 'Hello', button: 'Open', category: 'UTILITY' as const };
  const flow = { name: 'KYC', businessName: 'Nordlicht', flowJson, program, message };
  const { action, screen, data, flowToken } = toSession(flow, { viewId: 'v', locale: 'en' });
  const phone = openFlow({
    flowJson,
    message: { action, flowToken, screen, data },
    effects: { link: null, randomBytes: (count) => new Uint8Array(count), uploadFile: unused, uploadMedia: unused },
  });
  expect(phone.view()).toMatchObject({ kind: 'screen' });
});
