import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sandboxBrowser, type SandboxBrowser } from './support/sandbox-browser.ts';

/** The two paths of the sandbox's page, walked as a person does: by what is seen and read out, by nothing else. */
let sandbox: SandboxBrowser;
beforeAll(async () => {
  sandbox = await sandboxBrowser();
});
afterAll(async () => {
  await sandbox.close();
});

const DESKTOP = { width: 1280 };
const hubSpot = (page: Page): Locator => page.getByRole('region', { name: 'HubSpot', exact: true });
const phone = (page: Page): Locator => page.getByRole('region', { name: 'Phone', exact: true });

describe('the admin on an account without the app', () => {
  test('installs, connects WhatsApp, turns a form into a published flow and gets the test on a phone', async () => {
    const { page, problems } = await sandbox.openPage(DESKTOP);
    await sandbox.walk('admin', page, async () => {
      await page.goto(`${sandbox.facts.server.pageUrl}/#/${sandbox.facts.hubspot.unconnectedPortalId}/contacts`);
      await install(page);
      const steps = hubSpot(page).getByRole('tabpanel', { name: 'Get started' });
      await connectWhatsapp(page, steps);
      await steps.getByRole('row', { name: 'Contact request' }).getByRole('button', { name: 'Choose' }).click();
      await checkFlow(page, steps);
      await sayWhereAnswersGo(steps);
      await publish(steps);
      await sendTest(page, steps);
    });
    expect(problems).toEqual([]);
    await page.close();
  });
});

async function install(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Install Flowella' }).click();
  await page.getByRole('heading', { name: 'Connect Flowella to HubSpot' }).waitFor();
  await page.getByRole('radio', { name: 'Kraftwerk Kongresse' }).check();
  await page.getByRole('button', { name: 'Connect app' }).click();
  await page.getByRole('heading', { name: 'Flowella is connected' }).waitFor();
  await page.getByRole('link', { name: 'Open the settings in HubSpot' }).click();
}

/** Types the five values that the page shows under its own heading. */
async function connectWhatsapp(page: Page, steps: Locator): Promise<void> {
  await steps.getByRole('heading', { name: 'Connect WhatsApp' }).waitFor();
  await hubSpot(page).getByText('what you would copy from Meta').click();
  for (const name of ['App ID', 'App secret', 'WhatsApp account ID', 'Phone number ID', 'System user token']) {
    const shown = hubSpot(page).getByRole('group').getByRole('textbox', { name });
    await steps.getByRole('textbox', { name }).fill(await shown.inputValue());
  }
  await steps.getByRole('button', { name: 'Connect', exact: true }).click();
  await steps.getByRole('heading', { name: 'Choose a form' }).waitFor();
}

/** Opens the preview, answers a question in it, and closes it again. */
async function checkFlow(page: Page, steps: Locator): Promise<void> {
  await steps.getByRole('heading', { name: 'Check the flow' }).waitFor();
  await steps.getByRole('button', { name: 'Preview on a phone' }).click();
  const preview = page.getByRole('dialog', { name: 'Preview: Contact request' });
  const shown = preview.frameLocator('iframe');
  await shown.getByRole('textbox', { name: 'First name' }).fill('Sofia');
  await shown.getByRole('textbox', { name: 'Last name' }).fill('Huber');
  await shown.getByRole('textbox', { name: 'Work email' }).fill('sofia.huber@kraftwerk-kongress.test');
  await shown.getByRole('button', { name: 'Continue' }).click();
  await shown.getByRole('dialog', { name: 'Step 2 of 2' }).waitFor();
  await preview.getByRole('button', { name: 'Close' }).first().click();
  await preview.waitFor({ state: 'hidden' });
  await steps.getByRole('button', { name: 'Next', exact: true }).click();
}

async function sayWhereAnswersGo(steps: Locator): Promise<void> {
  await steps.getByRole('heading', { name: 'Where answers go' }).waitFor();
  await expectChecked(steps.getByRole('switch', { name: 'Write the answers back into the form' }));
  await expectChecked(steps.getByRole('switch', { name: 'Write answers to properties of the contact' }));
  await steps.getByRole('button', { name: 'Save and go on' }).click();
}

async function publish(steps: Locator): Promise<void> {
  await steps.getByRole('heading', { name: 'Publish', exact: true }).waitFor();
  await steps.getByText('What will happen').waitFor();
  // The step of the same name comes first.
  await steps.getByRole('button', { name: 'Publish', exact: true }).last().click();
  await steps.getByRole('status').filter({ hasText: 'The flow is published' }).waitFor();
  await steps.getByText('WhatsApp approved the message template').waitFor();
  await steps.getByRole('button', { name: 'Next', exact: true }).click();
}

async function sendTest(page: Page, steps: Locator): Promise<void> {
  await phone(page)
    .getByRole('combobox', { name: 'Phone of' })
    .selectOption({ label: 'Karl-Heinz Müller-Lüdenscheidt (+436641234567)' });
  await steps.getByRole('textbox', { name: 'Your WhatsApp number' }).fill('+43 664 1234567');
  await steps.getByRole('button', { name: 'Send the test' }).click();
  await phone(page).getByRole('button', { name: 'Open the form' }).waitFor();
  await hubSpot(page).getByRole('tab', { name: 'Flows' }).click();
  await hubSpot(page).getByRole('row', { name: 'Contact request' }).filter({ hasText: 'Published' }).waitFor();
}

describe('the rep on a contact record', () => {
  test('records consent, sends, the person answers, and all its places and the cards show it', async () => {
    const { page, problems } = await sandbox.openPage(DESKTOP);
    await sandbox.walk('rep', page, async () => {
      await page.goto(sandbox.facts.server.pageUrl);
      await page.getByRole('link', { name: '小龙 王' }).click();
      await send(page);
      await answer(page);
      await seeItFollowed(page);
      await seeAnswers(page);
      await seeRecord(page);
      await confirmIdentity(page);
    });
    expect(problems).toEqual([]);
    await page.close();
  });
});

const flowsCard = (page: Page): Locator => hubSpot(page).getByRole('region', { name: 'WhatsApp flows' });

async function send(page: Page): Promise<void> {
  const card = flowsCard(page);
  await card.getByText('This flow cannot be sent now').waitFor();
  await card.getByRole('button', { name: 'Record consent' }).click();
  const dialog = page.getByRole('dialog', { name: 'Record what the person told you' });
  await dialog.getByRole('radio', { name: 'Yes, the person agreed' }).check();
  await dialog.getByRole('textbox', { name: 'Where and how they said it' }).fill('At the counter');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await card.getByText('This template will be sent').waitFor();
  await card.getByRole('button', { name: 'Send', exact: true }).click();
}

/** Four screens, with one answer that is refused at its field and mended. */
async function answer(page: Page): Promise<void> {
  await phone(page).getByRole('button', { name: 'Open the form' }).click();
  const flow = phone(page).getByRole('dialog').first();
  await flow.getByRole('textbox', { name: 'Email' }).fill('wang.xiaolong');
  await flow.getByRole('button', { name: 'Birth date' }).click();
  await flow.getByRole('combobox', { name: 'Year' }).selectOption('1990');
  await flow.getByRole('combobox', { name: 'Month' }).selectOption('May');
  await flow.getByRole('button', { name: 'Thursday, May 17, 1990' }).click();
  await flow.getByText('Enter an email address like name@example.com.').waitFor();
  await flow.getByRole('textbox', { name: 'Email' }).fill('wang.xiaolong@chengdu-import.test');
  await flow.getByRole('button', { name: 'Continue' }).click();
  await phone(page).getByRole('dialog', { name: 'Step 2 of 4' }).waitFor();
  // The card follows while the person is still at it.
  await flowsCard(page).getByText('On screen 2 of 4').first().waitFor();
  await flow.getByRole('textbox', { name: 'Street' }).fill('Tianfu Avenue');
  await flow.getByRole('textbox', { name: 'House number' }).fill('12');
  await flow.getByRole('textbox', { name: 'Postal code' }).fill('610000');
  await flow.getByRole('textbox', { name: 'City' }).fill('Chengdu');
  await flow.getByRole('button', { name: 'Continue' }).click();
  await flow.getByRole('radio', { name: 'Passport' }).check();
  await flow.getByRole('radio', { name: 'No', exact: true }).check();
  await flow.getByRole('checkbox', { name: 'I agree' }).check();
  await flow.getByRole('button', { name: 'Continue' }).click();
  const consent = phone(page).getByRole('dialog', { name: 'Your consent' });
  await consent.getByRole('checkbox', { name: 'I agree', exact: true }).check();
  await consent.getByRole('button', { name: 'Submit' }).click();
  await phone(page).getByText('Response sent').waitFor();
}

async function seeItFollowed(page: Page): Promise<void> {
  const send = flowsCard(page)
    .getByRole('listitem')
    .filter({ hasText: /^Finished/ });
  await send.waitFor();
  await flowsCard(page).getByText('The answers are in the card “WhatsApp submissions”.').waitFor();
}

async function seeAnswers(page: Page): Promise<void> {
  const card = hubSpot(page).getByRole('region', { name: 'WhatsApp submissions' });
  await card.getByRole('button', { name: 'Answers' }).click();
  await card.getByText('Tianfu Avenue', { exact: true }).waitFor();
  const places = ['Form submission', 'Contact properties', 'KYC record', 'Timeline', 'Webhook', 'Identity check'];
  for (const place of places) await card.getByText(place, { exact: true }).first().waitFor();
  await expect
    .poll(() => card.getByText('Delivered', { exact: true }).count(), { timeout: 20_000 })
    .toBe(places.length);
}

async function seeRecord(page: Page): Promise<void> {
  const about = hubSpot(page).getByRole('complementary', { name: 'About this contact' });
  await about.getByText('Tianfu Avenue').first().waitFor();
  await about.getByText('Chengdu', { exact: false }).first().waitFor();
  await hubSpot(page).getByRole('tab', { name: 'Activities' }).click();
  const activities = hubSpot(page).getByRole('tabpanel', { name: 'Activities' });
  for (const title of ['Know your customer', 'Note', 'WhatsApp message'])
    await activities.getByRole('listitem').filter({ hasText: title }).first().waitFor();
}

async function expectChecked(control: Locator): Promise<void> {
  await control.waitFor();
  expect(await control.isChecked()).toBe(true);
}

/** The link that came after the answers: the vendor's page, what it finds there, and the result on the card. */
async function confirmIdentity(page: Page): Promise<void> {
  const [vendor] = await Promise.all([
    page.context().waitForEvent('page'),
    phone(page).getByRole('button', { name: 'Confirm identity' }).click(),
  ]);
  await vendor.getByRole('heading', { name: 'Identity check' }).waitFor();
  await vendor.getByRole('button', { name: 'The vendor approves' }).click();
  await vendor.getByText('approved').first().waitFor();
  await vendor.close();
  await hubSpot(page).getByRole('tab', { name: 'App' }).click();
  const card = hubSpot(page).getByRole('region', { name: 'WhatsApp submissions' });
  await card.getByRole('button', { name: 'Identity check' }).click();
  await card.getByText('Persona: Approved').waitFor();
}
