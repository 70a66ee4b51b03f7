import type { ColumnType, JSONColumnType } from 'kysely';

/**
 * The tables as Kysely sees them; `migrations/` is the truth and a test compares the two.
 * jsonb columns are `unknown` here: the repository that reads one parses it with its zod schema.
 */
type Time = ColumnType<Date, Date | string, Date | string>;
type Json = ColumnType<unknown, string, string>;
type Defaulted<T> = ColumnType<T, T | undefined, T>;
type BigId = ColumnType<string, string | number | bigint, string | number | bigint>;

export type Database = {
  portals: {
    portal_id: BigId;
    state: Defaulted<'connected' | 'disconnected' | 'erased'>;
    state_reason: string | null;
    hub_domain: string | null;
    ui_domain: Defaulted<string>;
    time_zone: string | null;
    data_hosting: string | null;
    data_key_wrapped: Buffer | null;
    settings: ColumnType<unknown, string | undefined, string>;
    /** Since when the portal is gone; null while it is connected. */
    disconnected_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
    erased_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
    created_at: Time;
    updated_at: Time;
  };
  hubspot_tokens: {
    portal_id: BigId;
    access_token_sealed: Buffer;
    refresh_token_sealed: Buffer;
    expires_at: Time;
    scopes: string[];
    hubspot_user_id: string | null;
    updated_at: Time;
  };
  wa_accounts: {
    portal_id: BigId;
    account_id: string;
    waba_id: string;
    app_id: string;
    name: string;
    portfolio_id: string | null;
    access_token_sealed: Buffer;
    app_secret_sealed: Buffer;
    app_secret_old_sealed: Buffer | null;
    app_secret_old_until: Time | null;
    verify_token_hash: Buffer;
    state: 'connecting' | 'connected' | 'broken' | 'disconnected';
    checks: ColumnType<unknown, string | undefined, string>;
    created_at: Time;
    updated_at: Time;
  };
  wa_numbers: {
    portal_id: BigId;
    phone_number_id: string;
    account_id: string;
    display_number: string;
    verified_name: string;
    quality: string | null;
    registered_key_id: string | null;
    key_status: 'VALID' | 'MISMATCH' | 'UNKNOWN' | null;
    key_checked_at: Time | null;
    key_valid_at: Time | null;
    key_due_at: Time | null;
    health: string | null;
    updated_at: Time;
  };
  flow_keys: {
    portal_id: BigId;
    key_id: string;
    account_id: string;
    public_key_pem: string;
    private_key_sealed: Buffer | null;
    state: 'pending' | 'active' | 'retiring' | 'retired';
    created_at: Time;
    last_used_at: Time | null;
    retiring_at: Time | null;
    retired_at: Time | null;
  };
  forms: {
    portal_id: BigId;
    form_id: string;
    source: string;
    source_form_id: string;
    name: string;
    revision: string;
    raw: Json;
    model: Json;
    write_back: Json;
    read_at: Time;
  };
  form_checks: {
    portal_id: BigId;
    form_id: string;
    state: 'present' | 'archived' | 'gone';
    revision: string | null;
    checked_at: Time | null;
    due_at: Time;
  };
  flows: {
    portal_id: BigId;
    flow_id: string;
    form_id: string;
    source: string;
    source_form_id: string;
    account_id: string;
    name: string;
    state: 'draft' | 'publishing' | 'published' | 'failed' | 'paused' | 'retired';
    state_reason: string | null;
    design: Json;
    mapping: Json;
    message: Json;
    retention: ColumnType<unknown, string | undefined, string>;
    meta_flow_id: string | null;
    live_version_id: string | null;
    created_by: string | null;
    created_at: Time;
    updated_at: Time;
  };
  flow_versions: {
    portal_id: BigId;
    version_id: string;
    flow_id: string;
    number: number;
    form_id: string;
    form_revision: string;
    flow_json: string;
    program: Json;
    report: Json;
    mapping: Json;
    meta_flow_id: string | null;
    state: 'draft' | 'uploading' | 'published' | 'superseded' | 'closed' | 'failed';
    problems: ColumnType<unknown, string | undefined, string>;
    created_at: Time;
    published_at: Time | null;
    message: ColumnType<unknown, string | null | undefined, string | null>;
    progress: ColumnType<unknown, string | undefined, string>;
    design: ColumnType<unknown, string | null | undefined, string | null>;
  };
  templates: {
    portal_id: BigId;
    template_id: string;
    flow_id: string;
    account_id: string;
    name: string;
    language: string;
    body: string;
    meta_template_id: string | null;
    meta_flow_id: string;
    state: string;
    state_reason: string | null;
    created_at: Time;
    updated_at: Time;
    content: ColumnType<unknown, string | undefined, string>;
  };
  persons: {
    portal_id: BigId;
    person_id: string;
    portfolio_id: string;
    bsuid_hash: Buffer | null;
    phone_hash: Buffer | null;
    identity_sealed: Buffer;
    contact_id: string | null;
    phone_source: string | null;
    phone_at: Time | null;
    superseded_by: string | null;
    last_inbound_at: Time | null;
    last_inbound_number: string | null;
    created_at: Time;
    updated_at: Time;
  };
  consents: {
    portal_id: BigId;
    identity_hash: Buffer;
    state: 'opted_in' | 'opted_out';
    source: string;
    recorded_at: Time;
    written_at: Time | null;
  };
  sends: {
    portal_id: BigId;
    send_id: string;
    flow_id: string;
    version_id: string;
    person_id: string;
    contact_id: string | null;
    phone_number_id: string;
    recipient_key: string;
    channel: string;
    sent_by: string | null;
    sent_by_email_sealed: Buffer | null;
    way: 'interactive' | 'template' | null;
    state: 'queued' | 'sending' | 'accepted' | 'sent' | 'delivered' | 'read' | 'failed' | 'unknown' | 'cancelled';
    error_code: string | null;
    error_message: string | null;
    wamid: string | null;
    prefill_sealed: Buffer | null;
    open: Defaulted<boolean>;
    closed_reason: string | null;
    token_expires_at: Time;
    created_at: Time;
    accepted_at: Time | null;
    sent_at: Time | null;
    delivered_at: Time | null;
    read_at: Time | null;
    failed_at: Time | null;
  };
  sessions: {
    portal_id: BigId;
    send_id: string;
    session_id: string;
    version_id: string;
    seq: number;
    state_sealed: Buffer | null;
    current_screen: string | null;
    screen_number: number | null;
    screen_count: number | null;
    opened_at: Time;
    last_seen_at: Time;
    finished_at: Time | null;
    expires_at: Time;
  };
  submissions: {
    portal_id: BigId;
    submission_id: string;
    send_id: string;
    flow_id: string;
    version_id: string;
    form_id: string;
    form_revision: string;
    contact_id: string | null;
    person_id: string;
    accepted_from: 'endpoint' | 'nfm_reply';
    answers_sealed: Buffer | null;
    answers_key_wrapped: Buffer | null;
    answers_hash: Buffer;
    question_count: number;
    locale: string | null;
    opened_at: Time | null;
    finished_at: Time;
    accepted_at: Time;
    answers_deleted_at: ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
    /** What it was accepted for; null before migration 040. */
    destinations: string[] | null;
  };
  submission_repeats: {
    portal_id: BigId;
    submission_id: string;
    answers_hash: Buffer;
    accepted_from: string;
    answers_sealed: Buffer | null;
    answers_key_wrapped: Buffer | null;
    seen_at: Time;
  };
  deliveries: {
    portal_id: BigId;
    delivery_id: string;
    submission_id: string;
    destination: string;
    depends_on: string | null;
    state: 'waiting' | 'delivering' | 'held' | 'delivered' | 'dead' | 'cancelled';
    due_at: Time;
    lease_until: Time | null;
    attempt: Defaulted<number>;
    reason_code: string | null;
    reason: string | null;
    remote_id: string | null;
    detail: ColumnType<unknown, string | undefined, string>;
    created_at: Time;
    updated_at: Time;
    delivered_at: Time | null;
    /** Order of acceptance. */
    seq: ColumnType<string, never, never>;
    /** 0 live, 1 replay, 2 backfill. */
    lane: Defaulted<number>;
    person_id: string | null;
    contact_id: ColumnType<string | null, string | null | undefined, string | null>;
    tried_since: Time | null;
    attempts_before: Defaulted<number>;
  };
  destination_health: {
    portal_id: BigId;
    destination: string;
    failing_since: Time | null;
    failures: Defaulted<number>;
    paused_at: Time | null;
    reason_code: string | null;
    updated_at: Time;
  };
  attempts: {
    portal_id: BigId;
    attempt_id: string;
    delivery_id: string;
    number: number;
    started_at: Time;
    finished_at: Time | null;
    outcome: 'delivered' | 'retry' | 'dead' | 'unknown' | 'held' | null;
    code: string | null;
    reason: string | null;
  };
  budgets: {
    portal_id: BigId;
    bucket: string;
    tokens: number;
    refilled_at: Time;
    paused_until: Time | null;
    calls: number | null;
    refused_at: Time | null;
  };
  inbox: {
    portal_id: BigId;
    inbox_id: string;
    account_id: string;
    dedupe_key: string;
    body_sealed: Buffer;
    received_at: Time;
    processed_at: Time | null;
    attempt: Defaulted<number>;
    due_at: Time;
    problem: string | null;
  };
  idempotency_keys: {
    portal_id: BigId;
    route: string;
    key: string;
    request_hash: Buffer;
    status: number | null;
    response: ColumnType<unknown, string | null, string | null>;
    created_at: Time;
  };
  hubspot_things: {
    portal_id: BigId;
    kind: string;
    name: string;
    remote_id: string | null;
    detail: ColumnType<unknown, string | undefined, string>;
    created_at: Time;
  };
  webhooks: {
    portal_id: BigId;
    webhook_id: string;
    name: string;
    url_sealed: Buffer;
    secret_sealed: Buffer;
    secret_made_at: Time;
    secret_old_sealed: Buffer | null;
    secret_old_until: Time | null;
    state: Defaulted<'on' | 'off'>;
    state_code: string | null;
    state_at: Time;
    created_at: Time;
    updated_at: Time;
  };
  used_signatures: { portal_id: BigId; signature_hash: Buffer; seen_at: Time };
  page_tokens: { portal_id: BigId; token_hash: Buffer; subject: string; expires_at: Time; used_at: Time | null };
  audit_log: {
    portal_id: BigId;
    seq: BigId;
    at: Time;
    actor: string;
    action: string;
    subject: string;
    detail: JSONColumnType<object>;
    previous_hash: Buffer;
    hash: Buffer;
  };
};
