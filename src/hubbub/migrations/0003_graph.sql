-- Who follows, asks, blocks and mutes whom. `id` is when, and the key that pages are cut by.

CREATE TABLE follows (
    follower_id bigint NOT NULL,
    followee_id bigint NOT NULL,
    id bigint NOT NULL,
    PRIMARY KEY (follower_id, followee_id)
);
CREATE INDEX follows_followee_idx ON follows (followee_id, id DESC);
CREATE INDEX follows_follower_idx ON follows (follower_id, id DESC);

CREATE TABLE follow_requests (
    followee_id bigint NOT NULL,
    requester_id bigint NOT NULL,
    id bigint NOT NULL,
    PRIMARY KEY (followee_id, requester_id)
);
CREATE INDEX follow_requests_requester_idx ON follow_requests (requester_id);
CREATE INDEX follow_requests_followee_idx ON follow_requests (followee_id, id DESC);

CREATE TABLE blocks (
    blocker_id bigint NOT NULL,
    blocked_id bigint NOT NULL,
    id bigint NOT NULL,
    PRIMARY KEY (blocker_id, blocked_id)
);
CREATE INDEX blocks_blocker_idx ON blocks (blocker_id, id DESC);
CREATE INDEX blocks_blocked_idx ON blocks (blocked_id, blocker_id);

CREATE TABLE mutes (
    muter_id bigint NOT NULL,
    muted_id bigint NOT NULL,
    id bigint NOT NULL,
    scope text NOT NULL DEFAULT 'all' CHECK (scope IN ('all', 'posts', 'reposts')),
    expires_at timestamptz,
    PRIMARY KEY (muter_id, muted_id)
);
CREATE INDEX mutes_expires_idx ON mutes (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX mutes_muter_idx ON mutes (muter_id, id DESC);
CREATE INDEX mutes_muted_idx ON mutes (muted_id);
