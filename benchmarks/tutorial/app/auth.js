'use strict';

const { createSecretKey } = require('node:crypto');
const bcrypt = require('bcryptjs');
const express = require('express');
const jwt = require('jsonwebtoken');
const { badRequest, fail, textOf } = require('./checks');
const { pool } = require('./db');

const ROUNDS = 10;
// Given the secret as text, jsonwebtoken tries to read it as a public key each time, which takes far longer
// than the check itself. JWT_KEY=text does so all the same, as most apps do.
const isText = process.env.JWT_KEY === 'text';
const SECRET = isText ? process.env.JWT_SECRET : createSecretKey(Buffer.from(process.env.JWT_SECRET));

const router = express.Router();

function answer(user) {
  const token = jwt.sign({ userId: user.id }, SECRET, { algorithm: 'HS256', expiresIn: '7d' });
  const { id, handle, display_name, avatar } = user;
  return { token, user: { id, handle, display_name, avatar } };
}

router.post('/register', async (req, res) => {
  const handle = textOf(req.body, 'handle', 30);
  const email = textOf(req.body, 'email', 254);
  const password = textOf(req.body, 'password', 72);
  const displayName = req.body.display_name === undefined ? handle : textOf(req.body, 'display_name', 50);
  const hash = await bcrypt.hash(password, ROUNDS);
  const { rows } = await pool.query(
    `INSERT INTO users (handle, email, password_hash, display_name) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING
     RETURNING id, handle, display_name, avatar`,
    [handle, email, hash, displayName],
  );
  if (!rows.length) {
    badRequest('handle or email is taken');
  }
  res.status(201).json(answer(rows[0]));
});

router.post('/login', async (req, res) => {
  const handle = textOf(req.body, 'handle', 30);
  const password = textOf(req.body, 'password', 72);
  const { rows } = await pool.query(
    'SELECT id, handle, display_name, avatar, password_hash FROM users WHERE handle = $1',
    [handle],
  );
  if (!rows.length || !(await bcrypt.compare(password, rows[0].password_hash))) {
    fail(401, 'Wrong handle or password');
  }
  res.json(answer(rows[0]));
});

/** Throws unless the token is one of ours. */
function userOf(token) {
  return jwt.verify(token, SECRET, { algorithms: ['HS256'] }).userId;
}

function requireUser(req, res, next) {
  const [scheme, token] = (req.headers.authorization ?? '').split(' ');
  if (scheme !== 'Bearer' || !token) {
    return res.status(401).json({ error: 'Log in first' });
  }
  try {
    req.userId = userOf(token);
  } catch {
    return res.status(401).json({ error: 'Invalid token' });
  }
  next();
}

module.exports = { requireUser, router, userOf };
