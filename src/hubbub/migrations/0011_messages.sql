-- Conversations of two and of groups. Every key begins with the conversation, but for those by which
-- accounts find what is theirs.

-- `last_id` is the greatest key of a message so far, given out under the lock of this row, so that no smaller
-- one appears after a greater one was seen; `previous_id` is the one before. `version` rises with whatever
-- decides who may write or see what.
CREATE TABLE conversations (
    id bigint PRIMARY KEY,
    is_group boolean NOT NULL,
    name text NOT NULL DEFAULT '',
    history text NOT NULL DEFAULT 'joined' CHECK (history IN ('joined', 'all')),
    version integer NOT NULL DEFAULT 1,
    members_count integer NOT NULL,
    last_id bigint NOT NULL DEFAULT 0,
    previous_id bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 80);
COMMENT ON COLUMN conversations.members_count IS 'with those who have not accepted';

-- Claimed by whoever begins a conversation of two, so that there is one.
CREATE TABLE conversation_pairs (
    low_id bigint NOT NULL,
    high_id bigint NOT NULL,
    conversation_id bigint NOT NULL,
    PRIMARY KEY (low_id, high_id),
    CHECK (low_id < high_id)
);
CREATE INDEX conversation_pairs_high_idx ON conversation_pairs (high_id);

CREATE TABLE conversation_members (
    conversation_id bigint NOT NULL,
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('owner', 'admin', 'member')),
    state text NOT NULL CHECK (state IN ('member', 'requested', 'declined', 'left')),
    from_id bigint NOT NULL DEFAULT 0,
    read_id bigint NOT NULL DEFAULT 0,
    delivered_id bigint NOT NULL DEFAULT 0,
    activity_id bigint NOT NULL DEFAULT 0,
    muted_until timestamptz,
    PRIMARY KEY (conversation_id, account_id)
) WITH (fillfactor = 80);
COMMENT ON COLUMN conversation_members.id IS 'when they came, and the key that pages of members are cut by';
COMMENT ON COLUMN conversation_members.from_id IS 'messages up to this one are not for them';
COMMENT ON COLUMN conversation_members.read_id IS 'watermark; never goes back while they stay';
COMMENT ON COLUMN conversation_members.activity_id IS 'place in their inbox; 0 while it is not there';
COMMENT ON COLUMN conversation_members.state IS 'left: went by themselves, and is only asked to come back';
CREATE INDEX conversation_members_inbox_idx ON conversation_members (account_id, state, activity_id DESC);

CREATE TABLE messages (
    conversation_id bigint NOT NULL,
    id bigint NOT NULL,
    sender_id bigint NOT NULL,
    text text NOT NULL,
    folded text,
    reply_to bigint,
    client_id text,
    content_hash bigint,
    version integer NOT NULL DEFAULT 1,
    edited_at timestamptz,
    deleted_at timestamptz,
    PRIMARY KEY (conversation_id, id)
);
COMMENT ON COLUMN messages.sender_id IS '0 once the account was purged';
COMMENT ON COLUMN messages.folded IS 'as it is searched; null where the text in lower case is that';
COMMENT ON COLUMN messages.content_hash IS 'of what was first sent under client_id';
-- What the sender calls it is unique; the same key finds all that an account wrote.
CREATE UNIQUE INDEX messages_sender_idx ON messages (sender_id, conversation_id, client_id);

CREATE TABLE message_reactions (
    conversation_id bigint NOT NULL,
    message_id bigint NOT NULL,
    account_id bigint NOT NULL,
    emoji text NOT NULL,
    id bigint NOT NULL,
    PRIMARY KEY (conversation_id, message_id, account_id, emoji)
);
CREATE INDEX message_reactions_account_idx ON message_reactions (account_id);

-- Deleted by one member for themselves alone.
CREATE TABLE hidden_messages (
    conversation_id bigint NOT NULL,
    message_id bigint NOT NULL,
    account_id bigint NOT NULL,
    PRIMARY KEY (conversation_id, message_id, account_id)
);
CREATE INDEX hidden_messages_account_idx ON hidden_messages (account_id);

CREATE TABLE message_preferences (
    account_id bigint PRIMARY KEY,
    who_may_write text NOT NULL DEFAULT 'everyone' CHECK (who_may_write IN ('everyone', 'followed', 'nobody')),
    read_receipts boolean NOT NULL DEFAULT true
);
