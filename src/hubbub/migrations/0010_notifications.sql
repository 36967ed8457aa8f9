-- What others did that concerns somebody. Every key begins with whom it is told.

-- What is shown as one: all who liked a post, one mention, who followed on one day.
CREATE TABLE notification_groups (
    account_id bigint NOT NULL,
    object_id bigint NOT NULL,
    newest_id bigint NOT NULL,
    first_id bigint NOT NULL,
    count integer NOT NULL,
    kind smallint NOT NULL,
    place smallint NOT NULL,
    actor_ids bigint[] NOT NULL,
    PRIMARY KEY (account_id, object_id, kind, place)
);
COMMENT ON COLUMN notification_groups.kind IS
    '1 like, 2 comment, 3 mention, 4 repost, 5 quote, 6 follow, 7 follow request, 8 follow accepted, 9 post, '
    '10 message request, 11 moderation, 12 poll ended';
COMMENT ON COLUMN notification_groups.object_id IS
    'the post; the day of follows; nothing (0) for follow requests; else the account, conversation or notice';
COMMENT ON COLUMN notification_groups.newest_id IS 'when it last grew, and the key that pages are cut by';
COMMENT ON COLUMN notification_groups.count IS 'of people in it now; nobody is shown a group of none';
COMMENT ON COLUMN notification_groups.place IS '0 in the list, 1 set apart by the policy, 2 only pushed';
COMMENT ON COLUMN notification_groups.actor_ids IS 'the newest of them, at most 8';
CREATE INDEX notification_groups_newest_idx ON notification_groups (account_id, place, kind, newest_id)
    WHERE count > 0;
-- So that a purge finds whom groups of one person are about.
CREATE INDEX notification_groups_actor_idx ON notification_groups ((actor_ids[1])) WHERE kind NOT IN (1, 4, 6, 7);

-- Who is in a group of many (kinds 1, 4, 6, 7), or was. The key makes each of them possible once.
CREATE TABLE notification_actors (
    account_id bigint NOT NULL,
    object_id bigint NOT NULL,
    actor_id bigint NOT NULL,
    kind smallint NOT NULL,
    place smallint NOT NULL,
    state smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, object_id, actor_id, kind)
);
COMMENT ON COLUMN notification_actors.state IS '0 counted, 1 taken back by the actor, 2 dismissed by the account';
CREATE INDEX notification_actors_actor_idx ON notification_actors (actor_id);

CREATE TABLE notification_markers (
    account_id bigint PRIMARY KEY,
    read_up_to bigint NOT NULL
);
COMMENT ON COLUMN notification_markers.read_up_to IS 'groups whose newest_id is not above it have been read';

CREATE TABLE notification_preferences (
    account_id bigint PRIMARY KEY,
    body jsonb NOT NULL
);

CREATE TABLE muted_threads (
    account_id bigint NOT NULL,
    root_id bigint NOT NULL,
    PRIMARY KEY (account_id, root_id)
);

-- Who wants to hear of every new post of somebody.
CREATE TABLE bells (
    author_id bigint NOT NULL,
    account_id bigint NOT NULL,
    PRIMARY KEY (author_id, account_id)
);
CREATE INDEX bells_account_idx ON bells (account_id);

CREATE TABLE notices (
    account_id bigint NOT NULL,
    id bigint NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (account_id, id)
);

-- Whoever has many notifications is looked up as if everybody had; see 0009.
ALTER TABLE notification_groups ALTER COLUMN account_id SET (n_distinct = 100);
ALTER TABLE notification_actors ALTER COLUMN account_id SET (n_distinct = 100);
ALTER TABLE notification_actors ALTER COLUMN actor_id SET (n_distinct = 100);
ALTER TABLE bells ALTER COLUMN author_id SET (n_distinct = 100);
ALTER TABLE bells ALTER COLUMN account_id SET (n_distinct = 100);
