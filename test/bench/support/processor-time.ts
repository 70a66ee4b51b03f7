import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Of the kernel's clock ticks, in which /proc counts; 100 a second on every Linux there is. */
const TICK_MS = 10;

/** Processor time of a PostgreSQL server and all of its processes so far; 0 where there is no /proc. */
export async function postgresCpuMs(dataDir: string): Promise<number> {
  const [pid] = (await readFile(path.join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  if (!pid) return 0;
  const all = await Promise.all(
    (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(read),
  );
  const own = all.flatMap((one) => (one && (one.pid === pid || one.parent === pid) ? [one] : []));
  return own.reduce((sum, one) => sum + one.ticks, 0) * TICK_MS;
}

/** A process that has ended counts with its parent's. */
async function read(pid: string): Promise<{ pid: string; parent: string; ticks: number } | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [user = 0, system = 0, ofChildren = 0, systemOfChildren = 0] = fields.slice(11, 15).map(Number);
  return { pid, parent: fields[1] ?? '', ticks: user + system + ofChildren + systemOfChildren };
}
