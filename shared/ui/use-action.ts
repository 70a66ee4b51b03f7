import { useCallback, useEffect, useRef, useState } from 'react';
import { newIdempotencyKey } from './idempotency-key.ts';
import { toServerProblem, type ServerProblem } from './server-problem.ts';

/**
 * One intent, one key: the key is made at the first press and kept for every further try with the same input until it has
 * worked, so that a second press, a timeout and the network's own repeat are one act at the server. A press while the first
 * is under way does nothing.
 */
export function useAction<Input, Result>(
  call: (input: Input, key: string) => Promise<Result>,
): {
  run: (input: Input) => Promise<Result | null>;
  working: boolean;
  problem: ServerProblem | null;
  forget: () => void;
} {
  const [state, setState] = useState<{ working: boolean; problem: ServerProblem | null }>(IDLE);
  const intent = useRef<{ input: string; key: string } | null>(null);
  const busy = useRef(false);
  const gone = useRef(false);

  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
    };
  }, []);

  const run = useCallback(
    async (input: Input) => {
      if (busy.current) return null;
      busy.current = true;
      setState({ working: true, problem: null });
      const key = keyFor(intent, input);
      try {
        const result = await call(input, key);
        intent.current = null;
        if (!gone.current) setState(IDLE);
        return result;
      } catch (thrown) {
        if (!gone.current) setState({ working: false, problem: toServerProblem(thrown) });
        return null;
      } finally {
        busy.current = false;
      }
    },
    [call],
  );

  const forget = useCallback(() => setState((before) => ({ ...before, problem: null })), []);
  return { run, working: state.working, problem: state.problem, forget };
}

const IDLE = { working: false, problem: null };

function keyFor(intent: { current: { input: string; key: string } | null }, input: unknown): string {
  const text = JSON.stringify(input) ?? '';
  if (intent.current?.input !== text) intent.current = { input: text, key: newIdempotencyKey() };
  return intent.current.key;
}
