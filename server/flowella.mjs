#!/usr/bin/env node
// The operator's command line: finds Node 24 and hands over to server/cli.ts.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

process.argv.splice(2, 0, path.join(path.dirname(fileURLToPath(import.meta.url)), 'cli.ts'));
await import('./preflight.mjs');
