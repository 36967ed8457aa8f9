-- What reaches people who are not connected.

-- A device of a session. `sealed_target` is the endpoint with its keys, or the device token.
CREATE TABLE push_subscriptions (
    account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id bigint NOT NULL,
    session_id bigint NOT NULL,
    service text NOT NULL CHECK (service IN ('web', 'fcm', 'apns')),
    target_hash bytea NOT NULL,
    sealed_target bytea NOT NULL,
    shows_text boolean NOT NULL,
    alerts text[],
    failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz,
    retry_at timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, target_hash)
);
CREATE INDEX push_subscriptions_session_idx ON push_subscriptions (account_id, session_id);

-- What waits to be sent, one for each subscription and collapse key: a newer one takes the older one's place.
-- Whoever sends one moves `due_at` on first, so that a worker that dies leaves it to be sent again.
CREATE TABLE pushes (
    account_id bigint NOT NULL,
    subscription_id bigint NOT NULL,
    collapse_key text NOT NULL,
    id bigint NOT NULL,
    message jsonb NOT NULL,
    due_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, subscription_id, collapse_key),
    FOREIGN KEY (account_id, subscription_id) REFERENCES push_subscriptions (account_id, id) ON DELETE CASCADE
);
CREATE INDEX pushes_due_idx ON pushes (due_at);
CREATE INDEX pushes_expired_idx ON pushes (expires_at);

-- The key by which push services know this server. Subscriptions are made for it, so it stays for ever.
CREATE TABLE push_keys (
    id smallint PRIMARY KEY CHECK (id = 1),
    public_key bytea NOT NULL,
    sealed_private_key bytea NOT NULL
);

-- Mails about what happened; without a row the defaults hold.
CREATE TABLE mail_preferences (
    account_id bigint PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    sends_events boolean NOT NULL,
    digest text NOT NULL CHECK (digest IN ('off', 'daily', 'weekly')),
    digest_due_at timestamptz
);
CREATE INDEX mail_preferences_due_idx ON mail_preferences (digest_due_at) WHERE digest_due_at IS NOT NULL;

-- Which groups of notifications were mailed lately, so that a group that grows is one mail a day.
CREATE TABLE event_mails (
    account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    group_id text NOT NULL,
    mailed_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, group_id)
);
CREATE INDEX event_mails_mailed_idx ON event_mails (mailed_at);
