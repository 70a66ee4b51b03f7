// Runs a TypeScript entry of this project under Node 24: the one of the `node` package where the system's is older.
// Plain JavaScript on purpose: an old Node must be able to read it and say what to do.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');
const [entry, ...args] = process.argv.slice(2);
const target = path.resolve(root, entry);
// The stand-ins keep their state in node:sqlite, which still announces itself as experimental.
const flags = ['--disable-warning=ExperimentalWarning'];
// Types are taken off and code is compiled once, not at every start. In the project, where nobody else of the machine can write; a
// folder that cannot be written is no cache, and no error.
const compiled = path.join(root, 'node_modules', '.cache', 'node');

if (Number(process.versions.node.split('.')[0]) >= 24) {
  module.enableCompileCache(compiled);
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.name}: ${warning.message}\n`);
  });
  process.argv = [process.argv[0], target, ...args];
  await import(pathToFileURL(target).href);
} else {
  const local = path.join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(local)) {
    process.stderr.write(
      `Flowella needs Node 24, and this is ${process.version}. Run "npm install" in ${root}: it brings Node 24 along.\n`,
    );
    process.exit(1);
  }
  const child = spawn(local, [...flags, target, ...args], {
    stdio: 'inherit',
    env: { NODE_COMPILE_CACHE: compiled, ...process.env },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
