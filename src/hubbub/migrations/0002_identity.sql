-- Who people are and how they prove it.

CREATE TABLE accounts (
    id bigint PRIMARY KEY,
    handle text NOT NULL,
    display_name text NOT NULL DEFAULT '',
    bio text NOT NULL DEFAULT '',
    bio_entities jsonb NOT NULL DEFAULT '{}',
    fields jsonb NOT NULL DEFAULT '[]',
    links jsonb NOT NULL DEFAULT '[]',
    locale text NOT NULL DEFAULT 'en',
    is_private boolean NOT NULL DEFAULT false,
    is_discoverable boolean NOT NULL DEFAULT true,
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'moderator', 'admin')),
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'deactivated', 'suspended', 'deleting', 'deleted')),
    purge_after timestamptz,
    version integer NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL
);
CREATE INDEX accounts_purge_idx ON accounts (purge_after) WHERE purge_after IS NOT NULL;

-- A row is never removed: a handle belongs to its first owner, even after deletion.
-- `name` is the folded handle, or its skeleton, which claims what looks like it and finds nobody.
CREATE TABLE handles (
    name text PRIMARY KEY,
    account_id bigint NOT NULL,
    is_skeleton boolean NOT NULL
);
CREATE INDEX handles_account_idx ON handles (account_id);

CREATE TABLE emails (
    email_hash bytea PRIMARY KEY,
    account_id bigint NOT NULL
);

CREATE TABLE credentials (
    account_id bigint PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    email text NOT NULL,
    email_verified_at timestamptz,
    password_hash text NOT NULL,
    password_changed_at timestamptz NOT NULL
);

-- A session is a device. The refresh token's secret is stored hashed; a presented previous one
-- within the grace gets the same successor, which is derived, not stored.
CREATE TABLE sessions (
    account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id bigint NOT NULL,
    name text NOT NULL,
    user_agent text NOT NULL,
    ip text NOT NULL,
    authenticated_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_reason text,
    generation integer NOT NULL DEFAULT 0,
    refresh_hash bytea NOT NULL,
    previous_hash bytea,
    rotated_at timestamptz,
    PRIMARY KEY (account_id, id)
);

CREATE INDEX sessions_live_idx ON sessions (account_id, id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_ended_idx ON sessions ((COALESCE(revoked_at, expires_at)));

CREATE TABLE second_factors (
    account_id bigint PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    sealed_secret bytea NOT NULL,
    confirmed_at timestamptz,
    last_counter bigint NOT NULL DEFAULT 0
);

CREATE TABLE recovery_codes (
    account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    code_hash bytea NOT NULL,
    PRIMARY KEY (account_id, code_hash)
);

-- Links sent by mail: reset a password, verify or change an address. Only a hash is stored.
CREATE TABLE mail_tokens (
    token_hash bytea PRIMARY KEY,
    account_id bigint NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('reset', 'verify', 'change')),
    email text NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX mail_tokens_account_idx ON mail_tokens (account_id);

-- Failures in a row, so that guessing one account ends without locking its owner out.
CREATE TABLE login_failures (
    account_id bigint PRIMARY KEY,
    failures integer NOT NULL,
    failed_at timestamptz NOT NULL
);

CREATE TABLE signing_keys (
    kid text PRIMARY KEY,
    public_key bytea NOT NULL,
    sealed_private_key bytea NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz
);

CREATE TABLE preferences (
    account_id bigint PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    body jsonb NOT NULL
);

CREATE TABLE audit_log (
    id bigint PRIMARY KEY,
    actor_id bigint,
    action text NOT NULL,
    subject_id bigint,
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_subject_idx ON audit_log (subject_id, id DESC);
