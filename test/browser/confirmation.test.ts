import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sandboxBrowser, type SandboxBrowser } from './support/sandbox-browser.ts';

/** A code given by telephone, from the settings page to the person's first question, by what is seen and read out. */
let sandbox: SandboxBrowser;
beforeAll(async () => {
  sandbox = await sandboxBrowser();
});
afterAll(async () => {
  await sandbox.close();
});

const hubSpot = (page: Page): Locator => page.getByRole('region', { name: 'HubSpot', exact: true });
const phone = (page: Page): Locator => page.getByRole('region', { name: 'Phone', exact: true });

test('an admin has people confirm who they are, a rep reads a code out, and only then the phone shows what is known', async () => {
  const { page, problems } = await sandbox.openPage({ width: 1280 });
  await sandbox.walk('confirmation', page, async () => {
    const { pageUrl } = sandbox.facts.server;
    const { portalId } = sandbox.facts.hubspot;
    await page.goto(`${pageUrl}/#/${portalId}/settings`);
    await askWhoAnswers(hubSpot(page));
    await publish(hubSpot(page));
    await page.goto(`${pageUrl}/#/${portalId}/contacts`);
    await page.getByRole('link', { name: 'Amélie Dubois' }).click();
    await confirm(page);
  });
  expect(problems).toEqual([]);
  await page.close();
});

async function askWhoAnswers(settings: Locator): Promise<void> {
  await settings.getByRole('tab', { name: 'Flows' }).click();
  await settings.getByRole('row', { name: 'Know your customer' }).getByRole('button').first().click();
  await settings
    .getByRole('button', { name: /Check the flow/ })
    .first()
    .click();
  await settings.getByRole('button', { name: 'Who is answering' }).click();
  const choice = settings.getByRole('combobox', { name: 'Confirm who is answering first' });
  await choice.selectOption('agent');
  await choice.locator('xpath=ancestor::form').getByRole('button', { name: 'Save' }).click();
  await settings.getByRole('button', { name: 'Kept as it is' }).click();
  await settings.getByText('a code that a colleague tells them by telephone').waitFor();
}

async function publish(settings: Locator): Promise<void> {
  await settings.getByRole('button', { name: 'Next', exact: true }).click();
  await settings.getByRole('button', { name: 'Save and go on' }).click();
  const changes = settings.getByText('There are changes that are not published yet');
  await changes.waitFor();
  await settings.getByRole('button', { name: 'Publish the changes' }).click();
  await changes.waitFor({ state: 'hidden' });
  await settings.getByText('WhatsApp approved the message template').waitFor();
}

async function confirm(page: Page): Promise<void> {
  const card = hubSpot(page).getByRole('region', { name: 'WhatsApp flows' });
  const flow = phone(page);
  const opener = flow.getByRole('button', { name: 'Open the form' });
  await card.getByText('This flow cannot be sent now').waitFor({ state: 'hidden' });
  await card.getByRole('button', { name: 'Send', exact: true }).click();
  await opener.click();
  await flow.getByRole('textbox', { name: 'Surname' }).fill('dubois');
  await card.getByText('On screen 1 of 5').first().waitFor();
  await card.getByRole('button', { name: 'Give a code' }).click();
  const code = ((await card.getByText(/^\d{3} \d{3}$/).textContent()) ?? '').replace(' ', '');
  await flow.getByRole('textbox', { name: 'Code' }).fill(String((Number(code) + 1) % 1_000_000).padStart(6, '0'));
  await flow.getByRole('button', { name: 'Continue' }).click();
  await flow.getByText('That did not work.').waitFor();
  expect(await flow.getByText('Amélie', { exact: true }).count()).toBe(0);
  await flow.getByRole('textbox', { name: 'Code' }).fill(code);
  await flow.getByRole('button', { name: 'Continue' }).click();
  const first = flow.getByRole('textbox', { name: 'Legal first name(s)' });
  await first.waitFor();
  expect(await first.inputValue()).toBe('Amélie');
  await card.getByText('Confirmed who is answering.').first().waitFor();
}
