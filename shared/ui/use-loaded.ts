import { useCallback, useEffect, useRef, useState } from 'react';
import { toServerProblem, type ServerProblem } from './server-problem.ts';

/** `stale`: the last look did not work, what is shown is from before. */
export type Loaded<Data> =
  | { kind: 'loading' }
  | { kind: 'failed'; problem: ServerProblem }
  | { kind: 'ready'; data: Data; stale: ServerProblem | null; at: Date };

/**
 * Loads at once and whenever `load` changes; `reload` looks again without hiding what is shown, `show` puts in what another
 * call has answered. Only the newest look counts, and none after the card is gone.
 */
export function useLoaded<Data>(load: () => Promise<Data>): {
  loaded: Loaded<Data>;
  reload: () => Promise<void>;
  show: (data: Data) => void;
} {
  const [loaded, setLoaded] = useState<Loaded<Data>>({ kind: 'loading' });
  const newest = useRef(0);

  const reload = useCallback(async () => {
    const mine = ++newest.current;
    try {
      const data = await load();
      if (mine === newest.current) setLoaded({ kind: 'ready', data, stale: null, at: new Date() });
    } catch (thrown) {
      const problem = toServerProblem(thrown);
      if (mine !== newest.current) return;
      setLoaded((before) => (before.kind === 'ready' ? { ...before, stale: problem } : { kind: 'failed', problem }));
    }
  }, [load]);

  const show = useCallback((data: Data) => {
    newest.current += 1;
    setLoaded({ kind: 'ready', data, stale: null, at: new Date() });
  }, []);

  useEffect(() => {
    setLoaded({ kind: 'loading' });
    void reload();
    return () => {
      newest.current += 1;
    };
  }, [reload]);

  return { loaded, reload, show };
}
