-- Lists of accounts, private to their owner, whose id is the first part of every key.

CREATE TABLE lists (
    owner_id bigint NOT NULL,
    id bigint NOT NULL,
    title text NOT NULL,
    replies text NOT NULL DEFAULT 'list' CHECK (replies IN ('none', 'followed', 'list')),
    is_exclusive boolean NOT NULL DEFAULT false,
    PRIMARY KEY (owner_id, id)
);
COMMENT ON COLUMN lists.replies IS 'whom members may answer so that the feed shows it: nobody, people followed, members';
COMMENT ON COLUMN lists.is_exclusive IS 'what members write is left out of the home feed';

CREATE TABLE list_members (
    owner_id bigint NOT NULL,
    list_id bigint NOT NULL,
    member_id bigint NOT NULL,
    id bigint NOT NULL,
    follow_id bigint,
    PRIMARY KEY (owner_id, list_id, member_id),
    FOREIGN KEY (owner_id, list_id) REFERENCES lists (owner_id, id) ON DELETE CASCADE,
    CHECK ((follow_id IS NULL) = (member_id = owner_id))
);
COMMENT ON COLUMN list_members.id IS 'when, and the key that pages are cut by';
COMMENT ON COLUMN list_members.follow_id IS 'the follow that the membership hangs on; null for the owner';
CREATE INDEX list_members_list_idx ON list_members (owner_id, list_id, id DESC);
CREATE INDEX list_members_member_idx ON list_members (member_id, owner_id);

-- Who is on a list now. A membership ends with its follow, at once; its row is deleted a little later.
CREATE VIEW current_list_members AS
SELECT m.owner_id, m.list_id, m.member_id, m.id
FROM list_members m
LEFT JOIN follows f
    ON f.follower_id = m.owner_id AND f.followee_id = m.member_id AND f.id = m.follow_id
WHERE m.follow_id IS NULL OR f.id IS NOT NULL;
