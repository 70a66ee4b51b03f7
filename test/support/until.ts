/** Waits for a condition instead of a time; fails after `deadlineMs` saying what it waited for. */
export async function until(condition: () => boolean | Promise<boolean>, deadlineMs = 10_000): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Waited ${deadlineMs} ms in vain for: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
