'use strict';

const express = require('express');
const { PAGE_SIZE, offsetOf } = require('./checks');
const { pool, redis } = require('./db');
const { columns, toPost } = require('./present');

// FEED=query asks the database; FEED=fanout keeps a list for each user, to which authors push.
const keepsLists = (process.env.FEED ?? 'query') === 'fanout';
const LIST_LENGTH = 800;

const router = express.Router();

router.get('/', async (req, res) => {
  const offset = offsetOf(req.query);
  const listed = keepsLists ? await fromList(req.userId, offset) : null;
  const rows = listed ?? (await fromDatabase(req.userId, offset));
  res.json({ items: rows.map(toPost), page: offset / PAGE_SIZE + 1 });
});

async function fromDatabase(userId, offset) {
  const { rows } = await pool.query(
    `SELECT ${columns}
     FROM posts p
     JOIN follows f ON f.followee_id = p.author_id
     JOIN users u ON u.id = p.author_id
     WHERE f.follower_id = $1
     ORDER BY p.created_at DESC
     LIMIT $2 OFFSET $3`,
    [userId, PAGE_SIZE, offset],
  );
  return rows;
}

/** Null for a list that is too short: it says nothing about what came before it. */
async function fromList(userId, offset) {
  const ids = await redis.lRange(`feed:${userId}`, offset, offset + PAGE_SIZE - 1);
  if (ids.length < PAGE_SIZE) {
    return null;
  }
  const { rows } = await pool.query(
    `SELECT ${columns}
     FROM posts p JOIN users u ON u.id = p.author_id
     WHERE p.id = ANY($2)
     ORDER BY p.created_at DESC`,
    [userId, ids],
  );
  return rows;
}

async function fanOut(postId, authorId) {
  if (!keepsLists) {
    return;
  }
  const { rows } = await pool.query('SELECT follower_id FROM follows WHERE followee_id = $1', [authorId]);
  for (const { follower_id } of rows) {
    await redis
      .multi()
      .lPush(`feed:${follower_id}`, postId)
      .lTrim(`feed:${follower_id}`, 0, LIST_LENGTH - 1)
      .exec();
  }
}

module.exports = { fanOut, router };
