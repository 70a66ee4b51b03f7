import { createHmac } from 'node:crypto';
import { AppError } from '../../../../server/app-error.ts';
import type { FetchFile } from '../../../../server/destinations/files/fetch-file.ts';
import type { SafeAnswer, SafeFetch } from '../../../../server/safe-fetch/safe-fetch.ts';
import type { Owner, Random, WorldTime } from './world-time.ts';

/** What a receiver was called with. `city`: by which answers are told apart; `fileUrl`: of the file, where there is one. */
export type Call = { id: string; submissionId: string; city: string; fileUrl: string | null; at: number };
/** A customer's own system. */
export type Receiver = { secrets: string[]; isGone: boolean; isDown: boolean; calls: Call[] };

const FAULTS = [
  '429 with Retry-After',
  '500 before effect',
  '500 after effect',
  'timeout before effect',
  'timeout after effect',
  'cut after effect',
  'unreached',
  'slow',
] as const;

/** What is neither HubSpot nor us: receivers of webhooks, and the place where WhatsApp keeps files. */
export class SimulatedOutside {
  readonly receivers = new Map<string, Receiver>();
  /** Files that WhatsApp no longer has, by their media id. */
  readonly goneFiles = new Set<string>();
  /** Calls whose signature no secret of the receiver's explains: each is a fault of ours. */
  readonly badlySigned: string[] = [];
  faultRate = 0;
  #time: WorldTime;
  #random: Random;

  constructor(time: WorldTime, random: Random) {
    this.#time = time;
    this.#random = random;
  }

  addReceiver(url: string): Receiver {
    const receiver: Receiver = { secrets: [], isGone: false, isDown: false, calls: [] };
    this.receivers.set(url, receiver);
    return receiver;
  }

  /** What a program calls receivers with. */
  safeFetch(owner: Owner): SafeFetch {
    return (request) => {
      const receiver = this.receivers.get(request.url);
      if (!receiver) return Promise.resolve({ kind: 'refused', why: 'not_resolved' });
      const take = (): void => this.#take(receiver, request.headers ?? {}, request.body ?? '');
      return new Promise((resolve) => {
        request.signal?.addEventListener('abort', () => resolve({ kind: 'lost', why: 'deadline' }), { once: true });
        const later = (ms: number, result: SafeAnswer): void => this.#time.in(ms, owner, () => resolve(result));
        this.#answer(receiver, request.deadlineMs, { take, later });
      });
    };
  }

  #answer(
    receiver: Receiver,
    deadlineMs: number,
    o: { take: () => void; later: (ms: number, result: SafeAnswer) => void },
  ): void {
    const random = this.#random;
    const latencyMs = random.between(20, 300);
    const effectIn = (ms: number): void => this.#time.in(ms, null, o.take);
    if (receiver.isDown) return o.later(latencyMs, { kind: 'unreached', why: 'connection' });
    if (receiver.isGone) return o.later(latencyMs, answered(410));
    const fault = random.chance(this.faultRate) ? random.pick(FAULTS) : null;
    switch (fault) {
      case null:
        effectIn(latencyMs * 0.7);
        return o.later(latencyMs, answered(204));
      case '429 with Retry-After':
        return o.later(latencyMs, answered(429, { 'retry-after': String(1 + random.below(60)) }));
      case '500 before effect':
        return o.later(latencyMs, answered(500));
      case '500 after effect':
        effectIn(latencyMs * 0.7);
        return o.later(latencyMs, answered(500));
      case 'timeout before effect':
        return o.later(deadlineMs, { kind: 'lost', why: 'deadline' });
      case 'timeout after effect':
        effectIn(latencyMs);
        return o.later(deadlineMs, { kind: 'lost', why: 'deadline' });
      case 'cut after effect':
        effectIn(latencyMs * 0.7);
        return o.later(latencyMs, { kind: 'lost', why: 'connection' });
      case 'unreached':
        return o.later(latencyMs, { kind: 'unreached', why: 'connection' });
      case 'slow': {
        const ms = random.between(2_000, deadlineMs - 500);
        effectIn(random.between(10, ms));
        return o.later(ms, answered(200));
      }
    }
  }

  #take(receiver: Receiver, headers: Record<string, string>, body: string): void {
    const id = headers['webhook-id'] ?? '';
    const signed = `${id}.${headers['webhook-timestamp']}.${body}`;
    const given = (headers['webhook-signature'] ?? '').split(' ');
    const expected = receiver.secrets.map(
      (secret) =>
        `v1,${createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
          .update(signed)
          .digest('base64')}`,
    );
    if (!expected.some((signature) => given.includes(signature))) this.badlySigned.push(id);
    const { data } = JSON.parse(body) as { data: { submission_id: string; answers: Record<string, Answer> } };
    receiver.calls.push({
      id,
      submissionId: data.submission_id,
      city: String(data.answers['0-1/city']?.value ?? ''),
      fileUrl: fileUrlOf(data.answers['0-1/file']?.value),
      at: this.#time.now,
    });
  }

  /** What a program fetches files with. */
  fetchFile(owner: Owner): FetchFile {
    return async ({ file }) => {
      const random = this.#random;
      const isFailing = random.chance(this.faultRate);
      await this.#time.sleep(random.between(50, isFailing ? 8_000 : 500), owner);
      if (this.goneFiles.has(file.mediaId)) throw new AppError('file_gone', { status: 404, retryable: false });
      if (isFailing) throw new AppError('fetch_failed', { status: 503, retryable: true });
      return Buffer.from(`%PDF-1.4 ${file.mediaId}`);
    };
  }
}

type Answer = { value?: unknown };

function fileUrlOf(value: unknown): string | null {
  const [first] = Array.isArray(value) ? (value as { url?: unknown }[]) : [];
  return typeof first?.url === 'string' ? first.url : null;
}

function answered(status: number, headers: Record<string, string> = {}): SafeAnswer {
  return { kind: 'answer', status, headers, body: Buffer.alloc(0), truncated: false };
}
