'use strict';

const MAX_ID = 2n ** 63n - 1n;

function fail(status, message) {
  throw Object.assign(new Error(message), { status });
}

function badRequest(message) {
  fail(400, message);
}

function notFound() {
  fail(404, 'Not found');
}

/** `router.param('id', checkId)`: what is no id is not found. */
function checkId(req, res, next, id) {
  if (!/^[0-9]{1,19}$/.test(id) || BigInt(id) > MAX_ID) {
    notFound();
  }
  next();
}

function textOf(body, name, maxLength) {
  const value = body?.[name];
  if (typeof value !== 'string' || !value.trim() || value.length > maxLength || value.includes('\0')) {
    badRequest(`${name} must be a text of 1 to ${maxLength} characters`);
  }
  return value;
}

const PAGE_SIZE = 20;
const MAX_PAGE = 10000;

function offsetOf(query) {
  const page = query.page ?? '1';
  if (!/^[0-9]{1,5}$/.test(page) || Number(page) < 1 || Number(page) > MAX_PAGE) {
    badRequest(`page must be a number from 1 to ${MAX_PAGE}`);
  }
  return (Number(page) - 1) * PAGE_SIZE;
}

module.exports = { PAGE_SIZE, badRequest, checkId, fail, notFound, offsetOf, textOf };
