'use strict';

const express = require('express');
const { PAGE_SIZE, badRequest, checkId, notFound, offsetOf } = require('./checks');
const { pool, redis, transaction } = require('./db');
const { columns, toPost } = require('./present');

const CACHE_SECONDS = 3600;

const router = express.Router();
router.param('id', checkId);

router.get('/:id', async (req, res) => {
  res.json((await getUser(req.params.id)) ?? notFound());
});

router.get('/:id/posts', async (req, res) => {
  const offset = offsetOf(req.query);
  const { rows } = await pool.query(
    `SELECT ${columns}
     FROM posts p JOIN users u ON u.id = p.author_id
     WHERE p.author_id = $2
     ORDER BY p.created_at DESC
     LIMIT $3 OFFSET $4`,
    [req.userId, req.params.id, PAGE_SIZE, offset],
  );
  res.json({ items: rows.map(toPost), page: offset / PAGE_SIZE + 1 });
});

router.post('/:id/follow', async (req, res) => {
  const followeeId = req.params.id;
  if (followeeId === req.userId) {
    badRequest('Nobody follows themselves');
  }
  await transaction(async (client) => {
    const { rowCount } = await client.query(
      'INSERT INTO follows (follower_id, followee_id) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [req.userId, followeeId],
    );
    if (rowCount) {
      await client.query(
        "INSERT INTO notifications (user_id, actor_id, type) VALUES ($1, $2, 'follow')",
        [followeeId, req.userId],
      );
    }
  });
  await forgetUser(req.userId, followeeId);
  res.json({ following: true });
});

router.delete('/:id/follow', async (req, res) => {
  await pool.query(
    'DELETE FROM follows WHERE follower_id = $1 AND followee_id = $2',
    [req.userId, req.params.id],
  );
  await forgetUser(req.userId, req.params.id);
  res.json({ following: false });
});

/** The profile, from the cache where it is there. */
async function getUser(id) {
  const cached = await redis.get(`user:${id}`);
  if (cached) {
    return JSON.parse(cached);
  }
  const { rows } = await pool.query(
    `SELECT u.id, u.handle, u.display_name, u.avatar, u.bio, u.created_at,
       (SELECT count(*)::int FROM follows f WHERE f.followee_id = u.id) AS followers,
       (SELECT count(*)::int FROM follows f WHERE f.follower_id = u.id) AS following,
       (SELECT count(*)::int FROM posts p WHERE p.author_id = u.id) AS posts
     FROM users u
     WHERE u.id = $1`,
    [id],
  );
  if (!rows.length) {
    return null;
  }
  const { followers, following, posts, ...user } = rows[0];
  const profile = { ...user, counts: { followers, following, posts } };
  await redis.set(`user:${id}`, JSON.stringify(profile), { EX: CACHE_SECONDS });
  return profile;
}

async function forgetUser(...ids) {
  await redis.del(ids.map((id) => `user:${id}`));
}

module.exports = { forgetUser, router };
