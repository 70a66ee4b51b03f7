import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export type PageBuild = {
  /** Folder with the page's `index.html`; absolute. */
  root: string;
  /** Where builds are kept, normally `.data/pages`; made when missing. */
  outDir: string;
  /** Further files and folders the page is made of. The phone, `shared/` and the lock file always count. */
  inputs?: string[];
};

const previewDir = path.dirname(fileURLToPath(import.meta.url));
const repositoryDir = path.resolve(previewDir, '../..');
const COMMON_INPUTS = [
  path.join(previewDir, 'phone'),
  path.join(previewDir, 'preview-session.ts'),
  path.join(repositoryDir, 'shared'),
  path.join(repositoryDir, 'package-lock.json'),
];
/** Another process may still serve an older build of the same page: a few are left. */
const KEPT_BUILDS = 3;

/**
 * Builds a browser page with Vite and answers the folder to serve. The folder's name carries a hash of everything the
 * page is made of, so that a later start finds it there and does not even load Vite. Asset addresses are relative: the
 * page works below any path. Rejects with Vite's own error when the page does not build.
 */
export async function buildPage({ root, outDir, inputs = [] }: PageBuild): Promise<string> {
  const name = path.basename(root);
  const target = path.join(outDir, `${name}-${await hashInputs([root, ...inputs, ...COMMON_INPUTS])}`);
  if (await exists(path.join(target, 'index.html'))) return target;
  await mkdir(outDir, { recursive: true });
  const fresh = `${target}.${randomBytes(4).toString('hex')}.tmp`;
  await runVite(root, fresh);
  await moveInto(fresh, target);
  await dropOldBuilds(outDir, name, target);
  return target;
}

async function runVite(root: string, outDir: string): Promise<void> {
  const [{ build }, { default: react }] = await Promise.all([import('vite'), import('@vitejs/plugin-react')]);
  await build({
    root,
    base: './',
    configFile: false,
    logLevel: 'error',
    plugins: [react()],
    build: { outDir, emptyOutDir: true, target: 'es2023', sourcemap: false, chunkSizeWarningLimit: 2_000 },
  });
}

/** Two processes may build at once: the second finds the folder there and throws its own away. */
async function moveInto(fresh: string, target: string): Promise<void> {
  try {
    await rename(fresh, target);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if (!(await exists(path.join(target, 'index.html')))) throw error;
  }
}

async function dropOldBuilds(outDir: string, name: string, current: string): Promise<void> {
  const isBuild = (entry: string): boolean =>
    entry.startsWith(`${name}-`) && /^[0-9a-f]{16}$/.test(entry.slice(name.length + 1));
  const names = (await readdir(outDir)).filter(isBuild);
  const builds = await Promise.all(
    names.map(async (entry) => {
      const folder = path.join(outDir, entry);
      return { folder, builtAt: (await stat(folder)).mtimeMs };
    }),
  );
  const old = builds.filter((build) => build.folder !== current).sort((a, b) => b.builtAt - a.builtAt);
  await Promise.all(old.slice(KEPT_BUILDS - 1).map((build) => rm(build.folder, { recursive: true, force: true })));
}

async function hashInputs(inputs: string[]): Promise<string> {
  const files = new Set((await Promise.all(inputs.map(listFiles))).flat());
  const hash = createHash('sha256');
  for (const file of [...files].sort()) {
    hash.update(path.relative(repositoryDir, file)).update('\0');
    hash.update(await readFile(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

async function listFiles(input: string): Promise<string[]> {
  if (!(await stat(input)).isDirectory()) return [input];
  const entries = await readdir(input, { withFileTypes: true, recursive: true });
  return entries
    .map((entry) => ({ entry, file: path.join(entry.parentPath, entry.name) }))
    .filter(({ entry, file }) => entry.isFile() && !file.includes(`${path.sep}node_modules${path.sep}`))
    .map(({ file }) => file);
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
