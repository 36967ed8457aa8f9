'use strict';

const { Pool } = require('pg');
const { createClient } = require('redis');

const pool = new Pool({
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.DATABASE_POOL ?? 20),
});
pool.on('error', (error) => console.error('database', error.message));

const redis = createClient({ url: process.env.REDIS_URL });
redis.on('error', (error) => console.error('redis', error.message));

/** Run `work(client)` between BEGIN and COMMIT; ROLLBACK when it throws. */
async function transaction(work) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

module.exports = { pool, redis, transaction };
