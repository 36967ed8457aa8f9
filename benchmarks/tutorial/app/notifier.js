'use strict';

// Makes notifications without the requests that would cause them, to measure what delivering one costs. Each line
// on standard input is a JSON list of [userId, actorId, postId]; when all are made, their number is printed.

const readline = require('node:readline');
const { pool, redis } = require('./db');
const { announce, notify } = require('./notifications');

async function deliver([userId, actorId, postId]) {
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
