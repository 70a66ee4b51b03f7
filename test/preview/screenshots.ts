import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { buildPage } from '../../server/preview/build-pages.ts';
import { connectedFlow, demoFlow } from './demo-flow.ts';
import { fakeStandIn, reply } from './fake-stand-in.ts';
import { launchBrowser } from './launch-browser.ts';

/**
 * Walks the phone in a real browser and leaves pictures of it: `npx node test/preview/screenshots.ts [FOLDER]`.
 * For looking at; exits with 1 when a step cannot be done or the page logs an error.
 */
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const outDir = process.argv[2] ?? path.join(tmpdir(), 'flowella-phone');
const here = import.meta.dirname;
await mkdir(outDir, { recursive: true });

const started = performance.now();
const pages = path.join(tmpdir(), 'flowella-pages');
const chatDir = await buildPage({ root: path.join(here, 'chat-page'), outDir: pages, inputs: [here] });
const previewDir = await buildPage({ root: path.join(here, '../../server/preview/preview-page'), outDir: pages });
say(`pages ready after ${Math.round(performance.now() - started)} ms`);

const standIn = await fakeStandIn();
const preview = {
  flowJson: connectedFlow,
  name: 'Update details',
  businessName: 'Casa Verde Clinic',
  exchangeUrl: './exchange',
  flowToken: 'preview',
  action: 'data_exchange',
  screen: null,
  data: null,
  message: { header: 'Your details', body: 'Please check them.', footer: null, cta: 'Update details' },
  locale: 'de',
};
const server = createServer((req, res) => {
  const url = new URL(req.url ?? '/', 'http://localhost');
  if (url.pathname === '/preview/session.json') return void res.end(JSON.stringify(preview));
  if (url.pathname === '/preview/exchange') {
    let body = '';
    req.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    req.on('end', () => res.end(JSON.stringify(reply(JSON.parse(body) as Parameters<typeof reply>[0]))));
    return;
  }
  const [, page = '', ...rest] = url.pathname.split('/');
  const file = path.join(page === 'preview' ? previewDir : chatDir, rest.join('/') || 'index.html');
  readFile(file).then(
    (content) => {
      const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
      res.setHeader('content-type', types[path.extname(file)] ?? 'application/octet-stream').end(content);
    },
    () => res.writeHead(404).end(),
  );
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const browser = await launchBrowser();
const problems: string[] = [];

async function openPage(width: number, address: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const page = await browser.newPage({
    viewport: { width, height: width < 500 ? 844 : 900 },
    colorScheme,
    reducedMotion: 'reduce',
  });
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(`${base}${address}`);
  return page;
}

async function walk(width: number, look: 'light' | 'dark'): Promise<void> {
  const name = `${width}-${look}`;
  const shot = (page: Page, step: string): Promise<Buffer> =>
    page.screenshot({ path: path.join(outDir, `${name}-${step}.png`) });
  const page = await openPage(width, `/chat/?meta=${standIn.url}`, look);
  await page.getByRole('button', { name: 'Book a check-up' }).waitFor();
  await page.getByRole('img', { name: 'Delivered' }).first().waitFor();
  await shot(page, '1-chat');
  await page.getByRole('button', { name: 'Book a check-up' }).click();
  await page.getByRole('dialog', { name: 'Check-up booking' }).waitFor();
  await shot(page, '2-empty');
  await page.getByLabel('Full name').fill('Ana Ruiz');
  await page.getByLabel('Email').fill('ana');
  await page.getByRole('button', { name: 'Date of birth' }).click();
  await page.getByRole('grid').waitFor();
  await shot(page, '3-calendar');
  await page.getByRole('button', { name: 'December 15, 2010' }).click();
  await page.getByRole('button', { name: 'Country' }).click();
  await page.getByRole('radio', { name: 'Peru' }).waitFor();
  await shot(page, '4-dropdown');
  await page.getByRole('radio', { name: 'Peru' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await shot(page, '5-error');
  await page.getByLabel('Email').fill('ana@example.com');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('radio', { name: 'Full' }).check();
  await page.getByRole('checkbox', { name: 'Eye test' }).check();
  await page.getByRole('checkbox', { name: 'Morning' }).check();
  await page.getByRole('checkbox', { name: 'I agree' }).check();
  await shot(page, '6-choices');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Wednesday, November 25, 2026' }).click();
  await page
    .locator('input[data-field=card]')
    .setInputFiles({ name: 'card.png', mimeType: 'image/png', buffer: Buffer.alloc(90_000) });
  await shot(page, '7-day');
  await page.getByRole('button', { name: 'Continue' }).click();
  await shot(page, '8-list');
  await page.getByRole('button', { name: 'Old town' }).click();
  await shot(page, '9-rich');
  await page.getByRole('button', { name: 'Book it' }).click();
  await page.getByText('Response sent').first().waitFor();
  await shot(page, '10-sent');
  await page.getByRole('button', { name: 'View response' }).first().click();
  await shot(page, '11-response');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Update details' }).click();
  await page.getByLabel('Email').waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('Please check your answer.').waitFor();
  await shot(page, '12-refused');
  await page.getByLabel('Email').fill('ana@example.com');
  await page.keyboard.press('Enter');
  await page.getByLabel('City').fill('Lima');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Response sent').nth(1).waitFor();
  await page.close();
}

for (const width of [390, 1280]) for (const look of ['light', 'dark'] as const) await walk(width, look);

const arabic = await openPage(390, `/chat/?meta=${standIn.url}&scale=1.3`);
await arabic.getByRole('button', { name: 'ابدأ' }).click();
await arabic.getByRole('dialog').waitFor();
await arabic.screenshot({ path: path.join(outDir, 'arabic-large.png') });
for (const width of [390, 1280]) {
  const page = await openPage(width, '/preview/');
  await page.getByLabel('Email').waitFor();
  await page.screenshot({ path: path.join(outDir, `preview-${width}.png`) });
}
say(
  `${demoFlow.screens.length} screens walked; inbound: ${standIn.inbound.map((entry) => String(entry.type)).join(', ')}`,
);
say(`pictures in ${outDir}`);
await browser.close();
server.close();
standIn.close();
if (problems.length > 0) {
  say(problems.join('\n'));
  process.exitCode = 1;
}
