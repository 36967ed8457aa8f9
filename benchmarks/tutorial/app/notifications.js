'use strict';

const { redis } = require('./db');

const channelOf = (userId) => `notifications:${userId}`;

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

module.exports = { announce, channelOf, notify };
