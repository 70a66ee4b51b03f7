import { timingSafeEqual } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { withPortal } from '../../../server/db/db.ts';
import { hashCode, hashSurname, newCode, proofFits } from '../../../server/endpoint/confirmation/codes.ts';
import {
  CODE_LIFE_MS,
  forgetOldConfirmations,
  issueCode,
  MAX_TRIES,
  readStanding,
  tryCode,
  type IssuedCode,
} from '../../../server/endpoint/confirmation/confirmations.ts';
import { normaliseSurname } from '../../../server/endpoint/confirmation/normalise-surname.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { movableClock, type MovableClock } from '../../whatsapp/support.ts';
import { seedPortal, seedSend } from './support/seed-send.ts';

let t: TestDatabase;
let portalId: number;
let clock: MovableClock;
let sendId: string;
let contact = 500;

beforeAll(async () => {
  t = await testDatabase({ poolSize: 12 });
  portalId = await seedPortal(t, new Date('2026-11-23T10:00:00Z'));
});
afterAll(() => t.close());
beforeEach(async () => {
  clock = movableClock();
  // A person of its own for every test: what is counted is counted per person.
  contact += 1;
  sendId = await seedSend(t, portalId, { now: clock.now(), contactId: String(contact) });
});

const issue = (channel: 'email' | 'agent' = 'email', send = sendId) =>
  issueCode(t, { portalId, sendId: send, channel, now: clock.now() });
const issued = async (channel: 'email' | 'agent' = 'email', send = sendId): Promise<IssuedCode> => {
  const made = await issue(channel, send);
  if (typeof made === 'string') throw new Error(`no code was made: ${made}`);
  return made;
};
const attempt = (code: string, surname = 'Plantowska', send = sendId, portal = portalId) =>
  tryCode(t, { portalId: portal, sendId: send, surname, code, now: clock.now() });
const wrongOf = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
const row = (send = sendId) =>
  withPortal(t.db, portalId, (tx) =>
    tx.selectFrom('confirmations').selectAll().where('send_id', '=', send).executeTakeFirstOrThrow(),
  );

describe('surname and code', () => {
  test.each([
    ['Müller-Lüdenscheidt', 'MUELLER LUEDENSCHEIDT'],
    ['Müller', 'muller'],
    ['O’Connor', "o'connor"],
    ['Łukasiewicz', 'lukasiewicz'],
    ['Nguyễn', 'NGUYEN'],
    ['van der  Berg', 'Van-der-Berg'],
    ['Groß', 'GROSS'],
    ['Sørensen', 'Soerensen'],
    ['Çelik', 'celi̇k'],
    ['Παπαδόπουλος', 'παπαδοπουλοσ'.replace(/σ$/, 'ς')],
  ])('a surname fits however it is written: %s is %s', (known, typed) => {
    expect(normaliseSurname(typed)).toBe(normaliseSurname(known));
  });

  test.each([
    ['Müller', 'Möller'],
    ['Meier', 'Maier'],
    ['Li', 'Lin'],
    ['Кузнецов', 'Кузнецова'],
    ['राम', 'रमा'],
  ])('%s is not %s', (known, typed) => {
    expect(normaliseSurname(typed)).not.toBe(normaliseSurname(known));
  });

  test('both right: confirmed, also with spaces and in other digits', async () => {
    const { code } = await issued();
    const arabic = [...code].map((digit) => String.fromCharCode(0x660 + Number(digit))).join('');
    expect(await attempt(`${arabic.slice(0, 3)} ${arabic.slice(3)}`, ' plantowska ')).toBe('confirmed');
    expect(await readStanding(t, { portalId, sendId, now: clock.now() })).toBe('confirmed');
  });

  test('one right half is as wrong as none, and is told alike', async () => {
    const { code } = await issued();
    expect(await attempt(code, 'Somebody')).toBe('wrong');
    expect(await attempt(wrongOf(code))).toBe('wrong');
    expect(await attempt(wrongOf(code), 'Somebody')).toBe('wrong');
    expect(await attempt('', '')).toBe('wrong');
    expect(await attempt(code)).toBe('confirmed');
  });

  test('a code is six digits, each as likely as the other, from the whole range', () => {
    expect(newCode(() => 0)).toBe('000000');
    expect(newCode((max) => max - 1)).toBe('999999');
    const many = Array.from({ length: 6_000 }, () => newCode());
    expect(many.every((code) => /^\d{6}$/.test(code))).toBe(true);
    for (let place = 0; place < 6; place += 1) {
      const counts = Array.from({ length: 10 }, (_, d) => many.filter((code) => code[place] === String(d)).length);
      // 600 each, seven standard deviations away at most: fails by chance once in a hundred thousand million runs.
      expect(Math.max(...counts.map((count) => Math.abs(count - 600)))).toBeLessThan(7 * Math.sqrt(600 * 0.9));
    }
    expect(new Set(many).size).toBeGreaterThan(5_900);
  });
});

describe('an attacker', () => {
  test('has five tries: the sixth is not looked at, even when it is right', async () => {
    const { code } = await issued();
    for (let tries = 1; tries < MAX_TRIES; tries += 1) expect(await attempt(wrongOf(code))).toBe('wrong');
    expect(await attempt(wrongOf(code))).toBe('locked');
    expect(await attempt(code)).toBe('locked');
    expect((await row()).confirmed_at).toBeNull();
  });

  test('gets no more of them by asking for other codes', async () => {
    const first = await issued();
    for (let tries = 0; tries < 4; tries += 1) await attempt(wrongOf(first.code));
    clock.move(60_000);
    const second = await issued();
    expect(await attempt(wrongOf(second.code))).toBe('locked');
    clock.move(60_000);
    expect(await issue()).toBe('over');
    expect(await attempt(second.code)).toBe('locked');
  });

  test('has five tries also with forty guesses at once, from twelve connections', async () => {
    const { code } = await issued();
    const guesses = Array.from({ length: 40 }, () => attempt(wrongOf(code)));
    const results = await Promise.all(guesses);
    expect(results.filter((result) => result === 'wrong')).toHaveLength(4);
    expect(results.filter((result) => result === 'locked')).toHaveLength(36);
    expect((await row()).tries).toBe(5);
  });

  test('cannot slip the right one in among those: the count decides, not the moment', async () => {
    const { code } = await issued();
    for (let tries = 0; tries < 4; tries += 1) await attempt(wrongOf(code));
    // One place is left, for whichever of these two comes first.
    const results = await Promise.all([attempt(wrongOf(code)), attempt(code)]);
    // Whoever comes after the right one finds the message confirmed.
    expect([
      ['locked', 'locked'],
      ['confirmed', 'confirmed'],
    ]).toContainEqual(results);
    const { tries, confirmed_at } = await row();
    expect(tries).toBe(5);
    expect(confirmed_at !== null).toBe(results.includes('confirmed'));
  });

  test('cannot use a code that a newer one has replaced, one that has run out, or one twice', async () => {
    const old = await issued();
    clock.move(60_000);
    const { code } = await issued();
    expect(await attempt(old.code)).toBe(old.code === code ? 'confirmed' : 'wrong');
    clock.move(CODE_LIFE_MS);
    expect(await attempt(code)).toBe('wrong');
    const last = await issued();
    clock.move(CODE_LIFE_MS - 1);
    expect(await attempt(last.code)).toBe('confirmed');
    expect((await row()).code_hash).toBeNull();
  });

  test('cannot use the code of another send, or one of another account, even with its hash planted', async () => {
    const other = await seedSend(t, portalId, { now: clock.now(), contactId: String(contact) });
    const { code } = await issued('email', other);
    await issued();
    expect(await attempt(code)).toBe('wrong');
    const foreign = await seedPortal(t, clock.now());
    const theirs = await seedSend(t, foreign, { now: clock.now() });
    expect(await attempt(code, 'Plantowska', other, foreign)).toBe('locked');
    expect(await attempt(code, 'Plantowska', theirs, foreign)).toBe('wrong');
    const { code_hash, surname_hash } = await row(other);
    await withPortal(t.db, portalId, (tx) =>
      tx.updateTable('confirmations').set({ code_hash, surname_hash }).where('send_id', '=', sendId).execute(),
    );
    expect(await attempt(code)).toBe('wrong');
  });

  test('learns nothing of a contact without surname or address: the same answers, and no code ever fits', async () => {
    const bare = await seedSend(t, portalId, {
      now: clock.now(),
      contactId: `${contact}0`,
      surname: ' - ',
      email: null,
    });
    const made = await issued('email', bare);
    expect(made.email).toBeNull();
    expect(await issue('email', bare)).toBe('later');
    for (const surname of ['', ' - ', 'Plantowska', 'null'])
      expect(await attempt(made.code, surname, bare)).toBe('wrong');
  });

  test('meets the same work whatever is wrong: both halves are compared, always', () => {
    const key = Buffer.alloc(32, 7);
    const kept = { surname: hashSurname(key, 's', 'Plantowska'), code: hashCode(key, 's', '123456') };
    const cases = [
      ['Plantowska', '123456', true],
      ['Plantowska', '123457', false],
      ['Plantowskb', '123456', false],
      ['x', 'y', false],
      ['', '', false],
    ] as const;
    for (const [surname, code, fits] of cases) {
      const sizes: number[] = [];
      const given = { surname: hashSurname(key, 's', surname), code: hashCode(key, 's', code) };
      const counting = (a: Buffer, b: Buffer): boolean => {
        sizes.push(a.length, b.length);
        return timingSafeEqual(a, b);
      };
      expect(proofFits(kept, given, counting)).toBe(fits);
      expect(sizes).toEqual([32, 32, 32, 32]);
    }
  });

  test('meets the same statements in the database whatever is wrong, and whether or not there is anything to fit', async () => {
    const bare = await seedSend(t, portalId, {
      now: clock.now(),
      contactId: `${contact}1`,
      surname: null,
      email: null,
    });
    const { code } = await issued();
    await issued('email', bare);
    const counted = async (work: () => Promise<unknown>): Promise<string[]> => {
      const statements: string[] = [];
      const spied = t.db.withPlugin({
        transformQuery: ({ node }) => {
          statements.push(node.kind);
          return node;
        },
        transformResult: ({ result }) => Promise.resolve(result),
      });
      const { db } = t;
      t.db = spied;
      await work().finally(() => (t.db = db));
      return statements;
    };
    const wrong = await counted(() => attempt(wrongOf(code)));
    expect(wrong.length).toBeGreaterThan(0);
    expect(await counted(() => attempt(code, 'Somebody'))).toEqual(wrong);
    expect(await counted(() => attempt('no digits', ''))).toEqual(wrong);
    expect(await counted(() => attempt(code, 'Plantowska', bare))).toEqual(wrong);
  });
});

describe('how many codes', () => {
  test('one in half a minute, five in an hour to one person over all their messages', async () => {
    await issued();
    expect(await issue()).toBe('later');
    const sends = [sendId];
    for (let more = 0; more < 4; more += 1) {
      const next = await seedSend(t, portalId, { now: clock.now(), contactId: String(contact) });
      sends.push(next);
      await issued('email', next);
    }
    const sixth = await seedSend(t, portalId, { now: clock.now(), contactId: String(contact) });
    expect(await issue('email', sixth)).toBe('later');
    const stranger = await seedSend(t, portalId, { now: clock.now(), contactId: `${contact}7` });
    await issued('email', stranger);
    clock.move(3_600_000);
    await issued('email', sixth);
  });

  test('twenty wishes at once make one code', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => issue()));
    expect(results.filter((result) => typeof result !== 'string')).toHaveLength(1);
  });

  test('five in an hour also when all messages of a person ask at once', async () => {
    const sends = await Promise.all(
      Array.from({ length: 10 }, () => seedSend(t, portalId, { now: clock.now(), contactId: String(contact) })),
    );
    const results = await Promise.all(sends.map((send) => issue('email', send)));
    expect(results.filter((result) => typeof result !== 'string')).toHaveLength(5);
  });

  test('ten of one message in its life', async () => {
    for (let made = 0; made < 10; made += 1) {
      await issued();
      clock.move(20 * 60_000);
    }
    expect(await issue()).toBe('later');
  });

  test('an agent who has checked the person frees a send whose tries are used up, with the surname as it is now', async () => {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) await attempt('000000', 'x');
    expect(await readStanding(t, { portalId, sendId, now: clock.now() })).toBe('locked');
    const made = await issueCode(t, { portalId, sendId, channel: 'agent', surname: 'Newname', now: clock.now() });
    if (typeof made === 'string') throw new Error(made);
    expect(await attempt(made.code)).toBe('wrong');
    expect(await attempt(made.code, 'newname')).toBe('confirmed');
  });

  test('none after the person is through', async () => {
    const { code } = await issued();
    await attempt(code);
    clock.move(60_000);
    expect(await issue()).toBe('over');
    expect(await issue('agent')).toBe('over');
    expect(await attempt('000000', 'x')).toBe('confirmed');
  });
});

describe('what is kept', () => {
  test('how it ended, once, in the audit log: passed, or locked by the fifth wrong try', async () => {
    const other = await seedSend(t, portalId, { now: clock.now(), contactId: `${contact}2` });
    const { code } = await issued();
    await attempt(wrongOf(code));
    await attempt(code);
    await attempt(code);
    for (let tries = 0; tries < 7; tries += 1) await attempt('000000', 'x', other);
    const entries = await withPortal(t.db, portalId, (tx) =>
      tx
        .selectFrom('audit_log')
        .select(['subject', 'action', 'detail'])
        .where('subject', 'in', [sendId, other])
        .orderBy('seq')
        .execute(),
    );
    expect(entries).toEqual([
      { subject: sendId, action: 'confirmation.passed', detail: {} },
      { subject: other, action: 'confirmation.locked', detail: {} },
    ]);
  });

  test('neither code, nor surname, nor address in clear, and of a code nothing that fits another account', async () => {
    const { code } = await issued();
    const stored = await row();
    const bytes = Buffer.concat([stored.surname_hash, stored.email_sealed, stored.code_hash ?? Buffer.alloc(0)]);
    for (const secret of [code, 'Plantowska', 'plantowska', 'person@planted.test'])
      expect(bytes.includes(Buffer.from(secret))).toBe(false);
    expect(stored.code_hash).toHaveLength(32);
  });

  test('the hash of a code goes when it has run out, and all of it when the message is over', async () => {
    const { code } = await issued();
    clock.move(CODE_LIFE_MS);
    await forgetOldConfirmations(t, portalId, clock.now());
    expect((await row()).code_hash).toBeNull();
    expect(await attempt(code)).toBe('wrong');
    await withPortal(t.db, portalId, (tx) =>
      tx.updateTable('sends').set({ open: false }).where('send_id', '=', sendId).execute(),
    );
    clock.move(3_600_000);
    await forgetOldConfirmations(t, portalId, clock.now());
    const left = await withPortal(t.db, portalId, async (tx) => [
      ...(await tx.selectFrom('confirmations').selectAll().where('send_id', '=', sendId).execute()),
      ...(await tx.selectFrom('confirmation_codes').selectAll().where('send_id', '=', sendId).execute()),
    ]);
    expect(left).toEqual([]);
  });
});
