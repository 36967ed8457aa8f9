-- What people write and how others react to it. When a post was made is in its id.

CREATE TABLE posts (
    id bigint PRIMARY KEY,
    author_id bigint NOT NULL,
    root_id bigint,
    parent_id bigint,
    quote_of bigint,
    repost_of bigint,
    between_ids bigint[],
    visibility smallint NOT NULL CHECK (visibility BETWEEN 0 AND 3),
    reply_policy smallint NOT NULL DEFAULT 0 CHECK (reply_policy BETWEEN 0 AND 3),
    version integer NOT NULL DEFAULT 1,
    edited_at timestamptz,
    deleted_at timestamptz,
    language text,
    content_warning text NOT NULL DEFAULT '',
    text text NOT NULL DEFAULT '',
    entities jsonb NOT NULL DEFAULT '{}',
    audience bigint[] NOT NULL DEFAULT '{}'
);
COMMENT ON COLUMN posts.between_ids IS
    'ancestors between the root and the parent, oldest first: with both they are the way up; null when there are none';
COMMENT ON COLUMN posts.visibility IS '0 public, 1 unlisted, 2 followers, 3 mentioned';
COMMENT ON COLUMN posts.reply_policy IS '0 everyone, 1 followers, 2 mentioned, 3 nobody';
COMMENT ON COLUMN posts.audience IS 'accounts mentioned, who may see the post whatever its visibility';

-- Whole, since a purge must find deleted posts too.
CREATE INDEX posts_author_idx ON posts (author_id, id DESC);
CREATE INDEX posts_author_top_idx ON posts (author_id, id DESC) WHERE parent_id IS NULL AND deleted_at IS NULL;
CREATE INDEX posts_parent_idx ON posts (parent_id, id) WHERE parent_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX posts_root_idx ON posts (root_id, id) WHERE root_id IS NOT NULL;
CREATE INDEX posts_quote_idx ON posts (quote_of, id DESC) WHERE quote_of IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX posts_repost_idx ON posts (repost_of, id DESC) WHERE repost_of IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX posts_public_idx ON posts (id DESC)
    WHERE visibility = 0 AND parent_id IS NULL AND repost_of IS NULL AND deleted_at IS NULL;

-- So that a purge finds whom others mentioned or answered.
CREATE INDEX posts_audience_idx ON posts USING gin (audience) WHERE audience <> '{}';
CREATE INDEX posts_scrub_idx ON posts (deleted_at) WHERE deleted_at IS NOT NULL AND text <> '';

CREATE TABLE post_revisions (
    post_id bigint NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    version integer NOT NULL,
    content_warning text NOT NULL,
    text text NOT NULL,
    entities jsonb NOT NULL,
    language text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (post_id, version)
);
CREATE INDEX post_revisions_entities_idx ON post_revisions USING gin (entities jsonb_path_ops);

CREATE TABLE post_tags (
    tag text NOT NULL,
    post_id bigint NOT NULL,
    PRIMARY KEY (tag, post_id)
);
CREATE INDEX post_tags_post_idx ON post_tags (post_id);

-- Comments of one parent by likes, kept by the worker as likes are folded.
CREATE TABLE comment_ranks (
    parent_id bigint NOT NULL,
    post_id bigint NOT NULL,
    likes integer NOT NULL DEFAULT 0,
    PRIMARY KEY (parent_id, post_id)
);
CREATE INDEX comment_ranks_top_idx ON comment_ranks (parent_id, likes DESC, post_id DESC);

-- kind 1 is a like; 2 is a repost, whose id is that of the post that points. The key makes each
-- possible once. No foreign key: checking it would lock the row of a hot post for every like.
CREATE TABLE reactions (
    post_id bigint NOT NULL,
    account_id bigint NOT NULL,
    kind smallint NOT NULL,
    id bigint NOT NULL,
    PRIMARY KEY (post_id, account_id, kind)
);
CREATE INDEX reactions_post_idx ON reactions (post_id, kind, id DESC);
CREATE INDEX reactions_account_idx ON reactions (account_id, kind, id DESC);

CREATE TABLE bookmarks (
    account_id bigint NOT NULL,
    post_id bigint NOT NULL,
    id bigint NOT NULL,
    PRIMARY KEY (account_id, post_id)
);
CREATE INDEX bookmarks_account_idx ON bookmarks (account_id, id DESC);
CREATE INDEX bookmarks_post_idx ON bookmarks (post_id);

CREATE TABLE pins (
    account_id bigint NOT NULL,
    post_id bigint NOT NULL,
    id bigint NOT NULL,
    PRIMARY KEY (account_id, post_id)
);
CREATE INDEX pins_post_idx ON pins (post_id);
