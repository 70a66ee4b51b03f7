/**
 * Why a call to our server did not work. `network`: no answer, so nobody knows whether it was carried out; `unexpected`: an
 * answer that is not ours (a proxy's page); every other code is the server's own and comes with its sentence.
 */
export class ServerProblem extends Error {
  readonly code: string;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  readonly requestId: string | null;

  constructor(problem: { code: string; status: number; message?: string; requestId?: string | null }) {
    super(problem.message ?? '');
    this.name = 'ServerProblem';
    this.code = problem.code;
    this.status = problem.status;
    this.requestId = problem.requestId ?? null;
  }
}

/** Anything thrown, as a problem that can be shown. */
export function toServerProblem(thrown: unknown): ServerProblem {
  return thrown instanceof ServerProblem ? thrown : new ServerProblem({ code: 'network', status: 0 });
}
