import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { z } from 'zod';
import { runSandbox } from '../../../server/run-sandbox.ts';
import { launchBrowser } from '../../preview/launch-browser.ts';

/** Long enough for a slow machine with two cores; every wait is for a condition and ends with it. */
const STEP_DEADLINE_MS = 20_000;
const FAILURES_DIR = path.resolve(import.meta.dirname, '../failures');

const sandboxFacts = z.object({
  server: z.object({ pageUrl: z.string(), flowId: z.string() }),
  hubspot: z.object({
    portalId: z.number(),
    unconnectedPortalId: z.number(),
    contactIds: z.array(z.string()),
    controlUrl: z.string(),
  }),
  meta: z.object({ controlUrl: z.string() }),
});
export type SandboxFacts = z.output<typeof sandboxFacts>;

type Look = { width: number; height?: number; colorScheme?: 'light' | 'dark' };
export type SandboxBrowser = {
  facts: SandboxFacts;
  /** A page whose console is watched: `problems` holds every error it logs or throws. */
  openPage(look: Look): Promise<{ page: Page; problems: string[] }>;
  /** Runs the steps; when one fails, a picture of the page is left in `test/browser/failures/`. */
  walk(name: string, page: Page, steps: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
};

/** The whole sandbox in a folder of its own, as `npm start` runs it, and a browser to walk it with. */
export async function sandboxBrowser(): Promise<SandboxBrowser> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'flowella-browser-'));
  // PostgreSQL runs as another user when the tests run as root, and must reach its folder.
  await chmod(dataDir, 0o755);
  const sandbox = await runSandbox({ dataDir, quiet: true });
  const facts = sandboxFacts.parse(JSON.parse(await readFile(sandbox.sandboxFile, 'utf8')));
  // After the sandbox has its folder: the browser gets a temporary folder of its own.
  const browser = await launchBrowser();
  return {
    facts,
    openPage: (look) => openPage(browser, look),
    walk,
    async close() {
      await browser.close();
      await sandbox.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function openPage(browser: Browser, look: Look): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage({
    viewport: { width: look.width, height: look.height ?? 900 },
    colorScheme: look.colorScheme ?? 'light',
    reducedMotion: 'reduce',
    locale: 'en-US',
  });
  page.setDefaultTimeout(STEP_DEADLINE_MS);
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => problems.push(error.stack ?? error.message));
  return { page, problems };
}

async function walk(name: string, page: Page, steps: () => Promise<void>): Promise<void> {
  try {
    await steps();
  } catch (err) {
    await mkdir(FAILURES_DIR, { recursive: true });
    await page.screenshot({ path: path.join(FAILURES_DIR, `${name}.png`) }).catch(() => undefined);
    throw err;
  }
}
