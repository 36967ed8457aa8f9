-- Statistics know what most accounts and posts have, and most have little. Plans made by them would read all
-- bookmarks, mutes or followers of somebody who has many, to look for the twenty of a page. So the planner
-- is told that everybody has many, and looks these up one by one in the keys.
ALTER TABLE follows ALTER COLUMN followee_id SET (n_distinct = 100);
ALTER TABLE blocks ALTER COLUMN blocker_id SET (n_distinct = 100);
ALTER TABLE mutes ALTER COLUMN muter_id SET (n_distinct = 100);
ALTER TABLE mutes ALTER COLUMN muted_id SET (n_distinct = 100);
ALTER TABLE reactions ALTER COLUMN account_id SET (n_distinct = 100);
ALTER TABLE bookmarks ALTER COLUMN account_id SET (n_distinct = 100);
ALTER TABLE bookmarks ALTER COLUMN post_id SET (n_distinct = 100);
ANALYZE follows, blocks, mutes, reactions, bookmarks;
