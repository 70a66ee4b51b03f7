import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { sandboxBrowser } from './support/sandbox-browser.ts';

/**
 * The README's picture, made anew: `node test/browser/take-picture.ts`. A contact's record with the real cards at the left, the
 * phone with an open flow at the right.
 */
const docs = path.resolve(import.meta.dirname, '../../docs');
const sandbox = await sandboxBrowser();
try {
  const { page } = await sandbox.openPage({ width: 1280, height: 860 });
  await page.goto(sandbox.facts.server.pageUrl);
  await page.getByRole('link', { name: 'Amélie Dubois' }).click();
  const record = page.getByRole('region', { name: 'HubSpot', exact: true });
  await record.getByRole('button', { name: 'Send', exact: true }).click();
  const phone = page.getByRole('region', { name: 'Phone', exact: true });
  await phone.getByRole('button', { name: 'Open the form' }).click();
  await phone.getByRole('textbox', { name: 'Legal first name(s)' }).waitFor();
  await record.getByText('Opened').first().waitFor();
  await mkdir(docs, { recursive: true });
  await page.screenshot({ path: path.join(docs, 'sandbox.png') });
} finally {
  await sandbox.close();
}
