/** One line of the table. `limit` is what the same machine does at best, measured in the same run. */
export type Row = {
  what: string;
  /** With its unit, as design section 7 states it; empty for a figure that only explains others. */
  budget: string;
  measured: string;
  limit: string;
  /** Null where there is no budget to meet. */
  met: boolean | null;
  note?: string;
};

export type BenchOptions = { full: boolean; say(text: string): void };
export type Measure = { name: string; deadlineMs: number; run(options: BenchOptions): Promise<Row[]> };

/** The value below which this share of all lies; 0 of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
export const perSecond = (value: number): string => `${Math.round(value).toLocaleString('en')}/s`;
