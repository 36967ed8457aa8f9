-- Polls are parts of posts; like the text they are read with the row and never change. Their votes are counted
-- as other reactions are: kind 8 of counts is how many voted, 10 to 17 how often each option was chosen.
ALTER TABLE posts ADD COLUMN poll jsonb;
COMMENT ON COLUMN posts.poll IS
    'options, ends_at (Unix milliseconds), is_multiple, hides_counts; null for a post without a poll';

-- Polls whose end has not been announced yet.
CREATE TABLE open_polls (
    post_id bigint PRIMARY KEY,
    ends_at timestamptz NOT NULL
);
CREATE INDEX open_polls_ends_idx ON open_polls (ends_at);

-- One vote of each account, which is final. No foreign key, as with reactions: it would lock a hot post.
CREATE TABLE poll_votes (
    post_id bigint NOT NULL,
    account_id bigint NOT NULL,
    choices smallint NOT NULL CHECK (choices BETWEEN 1 AND 255),
    id bigint NOT NULL,
    PRIMARY KEY (post_id, account_id)
);
COMMENT ON COLUMN poll_votes.choices IS 'a bit for each option, the first one the lowest';
CREATE INDEX poll_votes_account_idx ON poll_votes (account_id, id DESC);
-- As for reactions: plans made for accounts that voted a lot.
ALTER TABLE poll_votes ALTER COLUMN account_id SET (n_distinct = 100);
