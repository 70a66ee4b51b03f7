/** Time as an argument: tests move it, the server passes the real one. */
export type Clock = { now(): Date };

export const systemClock: Clock = { now: () => new Date() };
