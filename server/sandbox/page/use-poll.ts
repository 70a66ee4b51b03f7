import { useCallback, useEffect, useRef, useState } from 'react';

/** Reads now and then every `everyMs` while the page is seen; keeps the last good value when a reading fails. */
export function usePoll<T>(
  read: () => Promise<T>,
  everyMs: number,
): { value: T | null; failed: boolean; again: () => void } {
  const [value, setValue] = useState<T | null>(null);
  const [failed, setFailed] = useState(false);
  const generation = useRef(0);
  const again = useCallback(() => {
    const mine = generation.current;
    read().then(
      (fresh) => {
        if (mine !== generation.current) return;
        setFailed(false);
        setValue((before) => (JSON.stringify(before) === JSON.stringify(fresh) ? before : fresh));
      },
      () => mine === generation.current && setFailed(true),
    );
  }, [read]);
  useEffect(() => {
    generation.current += 1;
    setValue(null);
    again();
    const timer = setInterval(() => document.visibilityState === 'visible' && again(), everyMs);
    return () => clearInterval(timer);
  }, [again, everyMs]);
  return { value, failed, again };
}
