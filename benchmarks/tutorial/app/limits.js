'use strict';

const { redis } = require('./db');

const LIMIT = Number(process.env.RATE_LIMIT ?? 100);
const WINDOW_SECONDS = 60;

/** So many requests a minute from one address. */
async function rateLimit(req, res, next) {
  const key = `rate:${req.ip}`;
  const count = await redis.incr(key);
  if (count === 1) {
    await redis.expire(key, WINDOW_SECONDS);
  }
  if (count > LIMIT) {
    return res.status(429).json({ error: 'Too many requests' });
  }
  next();
}

module.exports = { rateLimit };
