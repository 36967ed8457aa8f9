'use strict';

// Makes notifications without the requests that would cause them, to measure what delivering one costs. Each line
// on standard input is a JSON list: of [userId, actorId, postId] to be stored and published, or of user ids, to whom
// something of the size that the first argument says is published only. When all are made, their number is printed.

const readline = require('node:readline');
const { pool, redis } = require('./db');
const { announce, channelOf, notify } = require('./notifications');

const FRAME = JSON.stringify({ type: 'notification', data: { pad: 'x'.repeat(Number(process.argv[2] ?? 0)) } });

async function deliver(wanted) {
  if (!Array.isArray(wanted)) {
    await redis.publish(channelOf(wanted), FRAME);
    return;
  }
  const [userId, actorId, postId] = wanted;
  const notification = { userId, actorId, type: 'like', postId };
  await notify(pool, notification);
  await announce(notification);
}

async function main() {
  await redis.connect();
  console.log('ready');
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const made = await Promise.all(JSON.parse(line).map(deliver));
    console.log(made.length);
  }
  await Promise.all([pool.end(), redis.close()]);
}

main();
