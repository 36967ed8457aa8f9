-- The event log, its dead letters, stored replies of idempotent requests, and exact counters.

-- `attempts` and `deaths` are counted before a try, for it may kill the worker; `deaths` is taken back after.
CREATE TABLE outbox (
    lane smallint NOT NULL,
    consumer text NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    body jsonb NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    deaths smallint NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL,
    PRIMARY KEY (lane, consumer, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- One row for each (lane, consumer): whoever locks it works that lane, others pass it by.
-- `strikes` counts workers that died in the lane since one last finished a batch there.
CREATE TABLE outbox_lanes (
    lane smallint NOT NULL,
    consumer text NOT NULL,
    strikes smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (lane, consumer)
);

CREATE TABLE dead_letters (
    lane smallint NOT NULL,
    consumer text NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    body jsonb NOT NULL,
    error text NOT NULL,
    died_at timestamptz NOT NULL,
    PRIMARY KEY (lane, consumer, id)
);

-- account_id 0 is a caller without an account. The reply is sealed with a key derived from the
-- request, which is not stored, so that a copy of this table gives nobody the tokens in it.
CREATE TABLE idempotency_keys (
    account_id bigint NOT NULL,
    key_hash bytea NOT NULL,
    fingerprint bytea NOT NULL,
    reply bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, key_hash)
);
CREATE INDEX idempotency_keys_created_idx ON idempotency_keys (created_at);

-- What is not yet folded into a counts row. Appending never waits for another writer, and
-- count = folded + sum(deltas) in one snapshot is exact at every moment.
CREATE TABLE count_deltas (
    subject_id bigint NOT NULL,
    kind smallint NOT NULL,
    delta integer NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX count_deltas_subject_idx ON count_deltas (subject_id);

-- Folded counts of anything with an id: posts (likes, comments, …), accounts (followers, …).
CREATE TABLE counts (
    subject_id bigint NOT NULL,
    kind smallint NOT NULL,
    value bigint NOT NULL,
    PRIMARY KEY (subject_id, kind)
) WITH (fillfactor = 80);

-- Numbers that tell processes apart in the ids they make, leased for as long as they are renewed.
CREATE TABLE id_workers (
    number smallint PRIMARY KEY,
    holder text NOT NULL,
    leased_until timestamptz NOT NULL
);

-- What is done every so often by one worker at a time. Claiming a job moves due_at past its deadline.
CREATE TABLE periodic_jobs (
    name text PRIMARY KEY,
    due_at timestamptz NOT NULL
);
