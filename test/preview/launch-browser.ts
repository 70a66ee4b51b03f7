import { mkdir, readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';

/**
 * A headless Chromium from the registry. It unpacks into the temporary folder and reuses whatever lies there, so it gets
 * a folder of its own per version.
 */
export async function launchBrowser(): Promise<Browser> {
  const manifest = findPackageJSON('@sparticuz/chromium', import.meta.url) ?? '';
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  const folder = path.join(tmpdir(), `flowella-chromium-${version}`);
  await mkdir(folder, { recursive: true });
  // Read when the module loads, so it is set before.
  process.env.TMPDIR = folder;
  const [{ default: chromium }, { chromium: playwright }] = await Promise.all([
    import('@sparticuz/chromium'),
    import('playwright-core'),
  ]);
  // Its defaults are for a cloud function: one process dies with its first page, and switched-off web security hides CORS.
  const args = chromium.args.filter((arg) => arg !== '--single-process' && arg !== '--disable-web-security');
  return playwright.launch({ args, executablePath: await chromium.executablePath(), headless: true });
}
