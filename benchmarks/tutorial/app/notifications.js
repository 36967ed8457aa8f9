'use strict';

const express = require('express');
const { PAGE_SIZE, offsetOf } = require('./checks');
const { pool, redis } = require('./db');

const channelOf = (userId) => `notifications:${userId}`;

const router = express.Router();

router.get('/', async (req, res) => {
  const offset = offsetOf(req.query);
  const { rows } = await pool.query(
    `SELECT n.id, n.type, n.post_id, n.is_read, n.created_at, p.text,
       u.id AS actor_id, u.handle, u.display_name, u.avatar
     FROM notifications n
     JOIN users u ON u.id = n.actor_id
     LEFT JOIN posts p ON p.id = n.post_id
     WHERE n.user_id = $1
     ORDER BY n.created_at DESC
     LIMIT $2 OFFSET $3`,
    [req.userId, PAGE_SIZE, offset],
  );
  res.json({ items: rows.map(toNotification), page: offset / PAGE_SIZE + 1 });
});

function toNotification(row) {
  return {
    id: row.id,
    type: row.type,
    actor: { id: row.actor_id, handle: row.handle, display_name: row.display_name, avatar: row.avatar },
    post: row.post_id && { id: row.post_id, text: row.text },
    is_read: row.is_read,
    created_at: row.created_at,
  };
}

async function notify(client, { userId, actorId, type, postId }) {
  if (userId !== actorId) {
    await client.query(
      'INSERT INTO notifications (user_id, actor_id, type, post_id) VALUES ($1, $2, $3, $4)',
      [userId, actorId, type, postId],
    );
  }
}

/** Whoever has a socket open hears it (see live.js); nobody else ever will. */
async function announce({ userId, actorId, type, postId }) {
  if (userId !== actorId) {
    const event = { type: 'notification', data: { type, post_id: postId, actor_id: actorId } };
    await redis.publish(channelOf(userId), JSON.stringify(event));
  }
}

module.exports = { announce, channelOf, notify, router };
