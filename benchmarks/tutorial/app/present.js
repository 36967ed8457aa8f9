'use strict';

// COUNTS=counters keeps numbers in the row of the post; COUNTS=subqueries counts rows each time.
const keepsCounters = (process.env.COUNTS ?? 'subqueries') === 'counters';

const counts = keepsCounters
  ? 'p.likes_count AS likes, p.comments_count AS comments'
  : `(SELECT count(*)::int FROM likes l WHERE l.post_id = p.id) AS likes,
     (SELECT count(*)::int FROM comments c WHERE c.post_id = p.id) AS comments`;

/** What a post shows, of `posts p` and `users u`; $1 is who reads. */
const columns = `p.id, p.text, p.visibility, p.created_at,
  ${counts},
  EXISTS (SELECT 1 FROM likes l WHERE l.post_id = p.id AND l.user_id = $1) AS liked,
  u.id AS author_id, u.handle, u.display_name, u.avatar`;

function toPost(row) {
  return {
    id: row.id,
    author: { id: row.author_id, handle: row.handle, display_name: row.display_name, avatar: row.avatar },
    text: row.text,
    visibility: row.visibility,
    created_at: row.created_at,
    counts: { likes: row.likes, comments: row.comments },
    viewer: { liked: row.liked },
  };
}

module.exports = { columns, keepsCounters, toPost };
