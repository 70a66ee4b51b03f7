import type { ConnectedAccount } from './seed-accounts.ts';
import type { BenchDatabase } from './start-server.ts';

/** As a sealed form of some fifteen answers, its wrapped key and its hash: random enough that nothing compresses. */
const SEALED_BYTES = 640;
/** Submissions of one contact in a history. */
const EACH_CONTACT = 10;
/** So many rows by one statement, which commits by itself. */
const CHUNK = 50_000;

/**
 * Past submissions of an account by SQL, with a send and three deliveries each, over the last year: 97 of 100 deliveries are done, two
 * are dead, one is held, and of the newest hundredth half wait; with `backlog` all wait. Contacts from 1,000,001 on. Answers cannot be
 * opened.
 */
export async function seedHistory(
  database: BenchDatabase,
  account: Pick<ConnectedAccount, 'portalId' | 'flow' | 'personIds'>,
  o: { submissions: number; backlog?: boolean; say(text: string): void },
): Promise<void> {
  const { portalId, flow, personIds } = account;
  const values = [portalId, flow.flowId, flow.versionId, flow.formId, personIds[0]];
  for (let from = 0; from < o.submissions; from += CHUNK) {
    const to = Math.min(from + CHUNK, o.submissions);
    for (const statement of STATEMENTS)
      await database.bulk(statement, [...values, from, to, o.submissions, o.backlog === true]);
    o.say(`${to.toLocaleString('en')} of ${o.submissions.toLocaleString('en')} submissions`);
  }
}

const ID = (prefix: string): string => `'${prefix}_' || substr(md5('${prefix}' || i), 1, 20)`;
const AT = `now() - (($8::int - i) * 365.0 / $8::int) * interval '1 day'`;
const CONTACT = `1000001 + i / ${EACH_CONTACT}`;

/** $1 to $5: account, flow, version, form, person; rows from $6 to before $7 of $8; $9: everything waits. */
const PARAMETERS = `(select $1::bigint as portal, $2::text as flow, $3::text as version, $4::text as form, $5::text as person, $8::int as many, $9::boolean as backlog) p,
  generate_series($6::int, $7::int - 1) i`;

const STATEMENTS = [
  `insert into sends (portal_id, send_id, flow_id, version_id, person_id, contact_id, phone_number_id, recipient_key, channel, state, open,
                      closed_reason, wamid, token_expires_at, created_at)
   select portal, ${ID('snd')}, flow, version, person, ${CONTACT}, '1', 'contact:' || i, 'card', 'read', false, 'finished', 'wamid.' || md5('w' || i),
          ${AT}, ${AT} from ${PARAMETERS} where form is not null`,
  `insert into submissions (portal_id, submission_id, send_id, flow_id, version_id, form_id, form_revision, contact_id, person_id,
                            accepted_from, answers_sealed, answers_key_wrapped, answers_hash, question_count, locale, opened_at,
                            finished_at, accepted_at, destinations)
   select portal, ${ID('sub')}, ${ID('snd')}, flow, version, form, 'r1', ${CONTACT}, person, 'endpoint',
          decode(repeat(md5('a' || i), ${SEALED_BYTES / 16}), 'hex'), decode(repeat(md5('k' || i), 4), 'hex'),
          decode(repeat(md5('h' || i), 2), 'hex'), 15, 'en', ${AT}, ${AT}, ${AT}, array['contact', 'form-submission', 'timeline']
   from ${PARAMETERS}`,
  `insert into deliveries (portal_id, delivery_id, submission_id, destination, depends_on, state, due_at, attempt, reason_code, reason,
                           remote_id, detail, created_at, updated_at, delivered_at, person_id, contact_id, tried_since)
   select portal, 'dlv_' || substr(md5(destination || i), 1, 20), ${ID('sub')}, destination,
          case when destination <> 'contact' then 'dlv_' || substr(md5('contact' || i), 1, 20) end,
          state, ${AT}, case when state = 'waiting' then 0 else 1 end, case when state in ('dead', 'held') then 'form_refused' end,
          case when state in ('dead', 'held') then 'HubSpot turned the answers down.' end,
          case when state = 'delivered' then '4711' end, '{"fields": 15}', ${AT}, ${AT}, case when state = 'delivered' then ${AT} end,
          person || i, ${CONTACT}, ${AT}
   from ${PARAMETERS}, unnest(array['contact', 'form-submission', 'timeline']) destination,
        lateral (select case when backlog then 'waiting' when i % 100 in (1, 2) and destination <> 'contact' then 'dead'
                             when i % 100 = 3 and destination = 'form-submission' then 'held'
                             when i >= $8::int - $8::int / 100 and i % 2 = 0 then 'waiting' else 'delivered' end as state) s
   where flow is not null and version is not null and form is not null`,
];
