'use strict';

const { WebSocketServer } = require('ws');
const { userOf } = require('./auth');
const { redis } = require('./db');
const { channelOf } = require('./notifications');

const sockets = new WebSocketServer({ noServer: true });

/** `ws://…/live?token=…`: what is published for the user while the socket is open is written to it. */
function attach(server) {
  server.on('upgrade', (req, connection, head) => {
    const url = new URL(req.url, 'http://localhost');
    let userId;
    try {
      userId = url.pathname === '/live' && userOf(url.searchParams.get('token'));
    } catch {
      userId = undefined;
    }
    if (!userId) {
      connection.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(req, connection, head, (socket) => listen(socket, userId));
  });
}

/** A connection to Redis for each socket, since one that subscribes can do nothing else. */
async function listen(socket, userId) {
  const subscriber = redis.duplicate();
  subscriber.on('error', (error) => console.error('subscriber', error.message));
  socket.on('error', (error) => console.error('socket', error.message));
  socket.on('close', () => subscriber.isOpen && subscriber.destroy());
  await subscriber.connect();
  await subscriber.subscribe(channelOf(userId), (message) => socket.send(message));
  if (socket.readyState === socket.OPEN) {
    socket.send(JSON.stringify({ type: 'ready' }));
  } else if (subscriber.isOpen) {
    subscriber.destroy();
  }
}

function close() {
  for (const socket of sockets.clients) {
    socket.terminate();
  }
}

module.exports = { attach, close };
