'use strict';

const express = require('express');
const { badRequest, checkId, notFound, textOf } = require('./checks');
const { pool, transaction } = require('./db');
const { fanOut } = require('./feed');
const { announce, notify } = require('./notifications');
const { columns, keepsCounters, toPost } = require('./present');
const { forgetUser } = require('./users');

const MAX_TEXT = 5000;
const VISIBILITIES = ['public', 'unlisted', 'followers'];
const COMMENTS = 20;

const router = express.Router();
router.param('id', checkId);

router.post('/', async (req, res) => {
  const text = textOf(req.body, 'text', MAX_TEXT);
  const visibility = req.body.visibility ?? 'public';
  if (!VISIBILITIES.includes(visibility)) {
    badRequest(`visibility must be one of ${VISIBILITIES.join(', ')}`);
  }
  const { rows } = await pool.query(
    `WITH p AS (
       INSERT INTO posts (author_id, text, visibility) VALUES ($1, $2, $3)
       RETURNING id, author_id, text, visibility, created_at
     )
     SELECT p.id, p.text, p.visibility, p.created_at,
       0 AS likes, 0 AS comments, false AS liked,
       u.id AS author_id, u.handle, u.display_name, u.avatar
     FROM p JOIN users u ON u.id = p.author_id`,
    [req.userId, text, visibility],
  );
  if (!rows.length) {
    notFound();
  }
  await forgetUser(req.userId); // its profile shows how many posts there are
  await fanOut(rows[0].id, req.userId);
  res.status(201).json(toPost(rows[0]));
});

router.get('/:id', async (req, res) => {
  const { rows } = await pool.query(
    `SELECT ${columns}
     FROM posts p JOIN users u ON u.id = p.author_id
     WHERE p.id = $2`,
    [req.userId, req.params.id],
  );
  if (!rows.length) {
    notFound();
  }
  const comments = await pool.query(
    `SELECT c.id, c.text, c.created_at, u.id AS author_id, u.handle, u.display_name, u.avatar
     FROM comments c JOIN users u ON u.id = c.author_id
     WHERE c.post_id = $1
     ORDER BY c.created_at DESC
     LIMIT $2`,
    [req.params.id, COMMENTS],
  );
  res.json({ ...toPost(rows[0]), comments: comments.rows.map(toComment) });
});

router.post('/:id/like', async (req, res) => {
  const { isNew, authorId, likes } = await transaction((client) => like(client, req.params.id, req.userId));
  if (isNew) {
    await announce({ userId: authorId, actorId: req.userId, type: 'like', postId: req.params.id });
  }
  res.json({ liked: true, likes });
});

router.delete('/:id/like', async (req, res) => {
  const likes = await transaction((client) => unlike(client, req.params.id, req.userId));
  res.json({ liked: false, likes });
});

router.post('/:id/comments', async (req, res) => {
  const text = textOf(req.body, 'text', MAX_TEXT);
  const { comment, authorId } = await transaction((client) => write(client, req.params.id, req.userId, text));
  await announce({ userId: authorId, actorId: req.userId, type: 'comment', postId: req.params.id });
  res.status(201).json(comment);
});

async function like(client, postId, userId) {
  const authorId = await authorOf(client, postId);
  const { rowCount } = await client.query(
    'INSERT INTO likes (post_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [postId, userId],
  );
  if (rowCount) {
    await notify(client, { userId: authorId, actorId: userId, type: 'like', postId });
  }
  return { isNew: rowCount > 0, authorId, likes: await likesAfter(client, postId, rowCount) };
}

async function unlike(client, postId, userId) {
  await authorOf(client, postId);
  const { rowCount } = await client.query(
    'DELETE FROM likes WHERE post_id = $1 AND user_id = $2',
    [postId, userId],
  );
  return likesAfter(client, postId, -rowCount);
}

async function write(client, postId, userId, text) {
  const authorId = await authorOf(client, postId);
  const { rows } = await client.query(
    `WITH c AS (
       INSERT INTO comments (post_id, author_id, text) VALUES ($1, $2, $3)
       RETURNING id, author_id, text, created_at
     )
     SELECT c.id, c.text, c.created_at, u.id AS author_id, u.handle, u.display_name, u.avatar
     FROM c JOIN users u ON u.id = c.author_id`,
    [postId, userId, text],
  );
  await notify(client, { userId: authorId, actorId: userId, type: 'comment', postId });
  if (keepsCounters) {
    await client.query('UPDATE posts SET comments_count = comments_count + 1 WHERE id = $1', [postId]);
  }
  return { comment: toComment(rows[0]), authorId };
}

async function authorOf(client, postId) {
  const { rows } = await client.query('SELECT author_id FROM posts WHERE id = $1', [postId]);
  return rows.length ? rows[0].author_id : notFound();
}

/** Last in the transaction, so that the row of a popular post is locked for a short time. */
async function likesAfter(client, postId, change) {
  if (!keepsCounters) {
    const { rows } = await client.query('SELECT count(*)::int AS likes FROM likes WHERE post_id = $1', [postId]);
    return rows[0].likes;
  }
  const { rows } = await client.query(
    change
      ? 'UPDATE posts SET likes_count = likes_count + $2 WHERE id = $1 RETURNING likes_count'
      : 'SELECT likes_count FROM posts WHERE id = $1',
    change ? [postId, change] : [postId],
  );
  return rows[0].likes_count;
}

function toComment(row) {
  return {
    id: row.id,
    author: { id: row.author_id, handle: row.handle, display_name: row.display_name, avatar: row.avatar },
    text: row.text,
    created_at: row.created_at,
  };
}

module.exports = { router };
