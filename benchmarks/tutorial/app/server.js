'use strict';

const express = require('express');
const { pool, redis } = require('./db');
const { requireUser, router: auth } = require('./auth');
const { rateLimit } = require('./limits');
const feed = require('./feed');
const live = require('./live');
const notifications = require('./notifications');
const posts = require('./posts');
const users = require('./users');

const app = express();
app.use(express.json({ limit: '100kb' }));

app.get('/health', async (req, res) => {
  await Promise.all([pool.query('SELECT 1'), redis.ping()]);
  res.json({ status: 'ok' });
});

app.use(rateLimit);
app.use(auth);
app.use(requireUser);
app.use('/feed', feed.router);
app.use('/users', users.router);
app.use('/posts', posts.router);
app.use('/notifications', notifications.router);

app.use((req, res) => res.status(404).json({ error: 'Not found' }));

app.use((error, req, res, next) => {
  if (error.status && error.status < 500) {
    return res.status(error.status).json({ error: error.message });
  }
  if (error.code === '23503') {
    return res.status(404).json({ error: 'Not found' }); // a reference to what is not there
  }
  console.error(error);
  res.status(500).json({ error: 'Internal server error' });
});

async function main() {
  await redis.connect();
  const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', (error) => {
    if (error) throw error;
    console.log(`listening on ${server.address().port}`);
  });
  live.attach(server);
  server.keepAliveTimeout = 65_000; // as behind a load balancer, which keeps connections for a minute
  process.on('SIGTERM', () => {
    server.close(async () => {
      await Promise.all([pool.end(), redis.close()]);
    });
    server.closeAllConnections();
    live.close();
  });
}

main();
