#!lua name=hubbub
-- What must happen in one step inside Valkey. Loaded by every process that finds another version there,
-- so processes of two releases meet during an upgrade: a function keeps its arguments and its reply for
-- ever; a changed one gets a new name. Each function's keys share one hash tag.

-- Generic cell rate algorithm. Each budget is one number: the moment at which it is full again.
-- KEYS: one a budget. ARGS: mode ('spend', 'peek', 'refund'), then for each key: microseconds a unit takes
-- to come back, units it can hold, units asked for.
-- Reply: allowed (0 or 1), the server's clock in seconds, then for each key the microseconds until it is
-- full. All budgets are charged or, when one refuses, none.
local function spend(keys, args)
  local mode = args[1]
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  local sign = mode == 'refund' and -1 or 1
  local allowed, before, after = 1, {}, {}
  for i, key in ipairs(keys) do
    local interval, burst, cost = tonumber(args[3 * i - 1]), tonumber(args[3 * i]), tonumber(args[3 * i + 1])
    before[i] = math.max((tonumber(redis.call('GET', key)) or now) - now, 0)
    after[i] = before[i] + sign * cost * interval
    if sign == 1 and after[i] > burst * interval then allowed = 0 end
  end
  local stands = before
  if allowed == 1 and mode ~= 'peek' then
    stands = after
    for i, key in ipairs(keys) do
      if after[i] > 0 then
        redis.call('SET', key, string.format('%.0f', now + after[i]), 'PX', math.ceil(after[i] / 1000))
      else
        redis.call('DEL', key)
      end
    end
  end
  return {allowed, tonumber(time[1]), unpack(stands)}
end

redis.register_function('hubbub_spend', spend)

-- Stamps. A stamp is the text era.r.s.p: what others remember about an account (its relations, its reactions,
-- its own posts) is right while the stamp is what it was. The era is another one in every server process, after
-- every change of its role and after every load of this file. So what comes from a snapshot, or from a replica
-- that missed writes, is never believed: a stamp of another era is replaced, and the home list deleted with it.
local era, history, looked_at, numbers = nil, nil, 0, 0
local PARTS = {r = 1, s = 2, p = 3}

local function unique()
  numbers = numbers + 1
  return string.format('%.0f', numbers)
end

-- A server that becomes primary again has begun another history of replication meanwhile. Asking costs as much
-- as the rest of a look, so it is done when the process has worked for half a millisecond since: a change of
-- role takes it longer.
local function current_era()
  local clock = os.clock()
  if era and clock >= looked_at and clock - looked_at < 0.0005 then return era end
  looked_at = clock
  local now = string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
  if now ~= history or not era then
    local time = redis.call('TIME')
    era, history = string.format('%d%06d', time[1], time[2]), now
  end
  return era
end

local function is_of(stamp, mine)
  return string.sub(stamp, 1, #mine + 1) == mine .. '.'
end

-- What stands at the end of a list: '-…' while it is rebuilt, else its floor.
local function is_mark(tail)
  return string.byte(tail) == 45
end

local function extend(stamp_key, list_key, ttl)
  redis.call('PEXPIRE', stamp_key, ttl)
  local tail = redis.call('LINDEX', list_key, -1)
  if tail and not is_mark(tail) then redis.call('PEXPIRE', list_key, ttl) end
end

local function stamp_of(stamp_key, list_key, ttl)
  local mine = current_era()
  local stamp = redis.call('GET', stamp_key)
  if stamp and is_of(stamp, mine) then
    if redis.call('PTTL', stamp_key) < ttl / 2 then extend(stamp_key, list_key, ttl) end
    return stamp
  end
  local n = unique()
  stamp = table.concat({mine, n, n, n}, '.')
  redis.call('SET', stamp_key, stamp, 'PX', ttl)
  redis.call('UNLINK', list_key)
  return stamp
end

-- KEYS: for each account its stamp and its home list. ARGS: milliseconds that an unseen stamp lives.
-- Reply: the stamps.
local function stamps(keys, args)
  local found = {}
  for i = 1, #keys, 2 do
    found[#found + 1] = stamp_of(keys[i], keys[i + 1], tonumber(args[1]))
  end
  return found
end

-- KEYS: stamps. ARGS: the part that has changed, 'r', 's' or 'p'. Reply: how many stamps stood and are others now.
local function touch(keys, args)
  local mine, part, touched = current_era(), PARTS[args[1]], 0
  for _, key in ipairs(keys) do
    local stamp = redis.call('GET', key)
    if stamp and is_of(stamp, mine) then
      local parts = {string.match(stamp, '^%d+%.(%d+)%.(%d+)%.(%d+)$')}
      parts[part] = unique()
      redis.call('SET', key, mine .. '.' .. table.concat(parts, '.'), 'KEEPTTL')
      touched = touched + 1
    end
  end
  return touched
end

-- KEYS: values that `keep` has kept. Reply: each without its era, '' for what was taken back lately, and nil for
-- what is not there or is of another era.
local function kept(keys)
  local mine = current_era()
  local found = redis.call('MGET', unpack(keys))
  for i = 1, #keys do
    local value = found[i]
    if value and value ~= '' then
      found[i] = is_of(value, mine) and string.sub(value, #mine + 2)
    end
  end
  return found
end

-- KEYS: one. ARGS: milliseconds that it lives, value. Reply: 1, or 0 when something stands there already, which
-- may be '' for what was taken back lately.
local function keep(keys, args)
  local mine = current_era()
  local stands = redis.call('GET', keys[1])
  if stands and (stands == '' or is_of(stands, mine)) then return 0 end
  redis.call('SET', keys[1], mine .. '.' .. args[2], 'PX', args[1])
  return 1
end

-- KEYS: what has changed. ARGS: milliseconds that the '' lives which stands for it. Also when memory is full: what
-- must not be shown any more must not stand. Reply: how many.
local function take_back(keys, args)
  for _, key in ipairs(keys) do redis.call('SET', key, '', 'PX', args[1]) end
  return #keys
end

-- Home lists: ids of posts, newest first, then the floor. The list holds every id of the feed above its floor;
-- a floor of 0 says that there is nothing else. While a list is rebuilt, a mark stands in the place of the floor
-- and pushes collect before it. Ids are compared as texts, for a Lua number holds only 53 of their bits.
-- Ids above the length that a list may hold before it is trimmed.
local SLACK = 20
-- Ids that may have come before a place since it was noted, for the note still to be of use.
local MOVED = 16

local function is_newer(a, b)
  return #a > #b or (#a == #b and a > b)
end

-- How many ids before the tail are newer, and whether the next one is the id itself.
local function place_of(key, id)
  local low, high = 0, redis.call('LLEN', key) - 1
  while low < high do
    local middle = math.floor((low + high) / 2)
    local found = redis.call('LINDEX', key, middle)
    if found == id then return middle, true end
    if is_newer(found, id) then low = middle + 1 else high = middle end
  end
  return low, false
end

-- Where the ids older than the position begin. Looking through the newest is cheaper than halving.
local function start_of(key, position)
  local found = redis.call('LPOS', key, position, 'MAXLEN', 128)
  if found then return found + 1 end
  local place, is_there = place_of(key, position)
  return is_there and place + 1 or place
end

-- New ids have come before it since the hint was true, but mostly few.
local function older_by_hint(key, position, count, hint)
  local around = redis.call('LRANGE', key, hint - 1, hint + count + MOVED)
  for i = 1, math.min(MOVED + 1, #around) do
    if around[i] == position then return {unpack(around, i + 1, math.min(i + count, #around))}, hint - 1 + i end
  end
end

local function older(key, position, count, floor, hint)
  local ids, place
  if position == '9223372036854775807' then
    ids, place = redis.call('LRANGE', key, 0, count - 1), 0
  elseif not is_newer(position, floor) then
    return {}, -1
  elseif hint > 0 then
    ids, place = older_by_hint(key, position, count, hint)
  end
  if not ids then
    place = start_of(key, position)
    ids = redis.call('LRANGE', key, place, place + count - 1)
  end
  if ids[#ids] == floor then ids[#ids] = nil end
  return ids, place
end

local function newer(key, position, count, floor)
  if is_newer(floor, position) then return {}, -1 end
  local place = place_of(key, position)
  if place == 0 then return {}, -1 end
  local ids, reversed = redis.call('LRANGE', key, math.max(place - count, 0), place - 1), {}
  for i = #ids, 1, -1 do reversed[#reversed + 1] = ids[i] end
  return reversed, -1
end

-- KEYS: stamp, home list. ARGS: position, 0 or 1 for going back, most ids wanted, milliseconds that both live
-- after they were last seen, and the place in the list where the ids older than the position began lately, or 0.
-- Reply: stamp, 'none', 'building' or 'ready', ids, floor, place of the first id or -1. The ids are joined by
-- commas, above the floor, older than the position and newest first, or going back newer than it and oldest
-- first (then none when the position is below the floor).
local function home(keys, args)
  local stamp = stamp_of(keys[1], keys[2], tonumber(args[4]))
  local floor = redis.call('LINDEX', keys[2], -1)
  if not floor then return {stamp, 'none', '', '', -1} end
  if is_mark(floor) then return {stamp, 'building', '', '', -1} end
  local read = args[2] == '1' and newer or older
  local ids, place = read(keys[2], args[1], tonumber(args[3]), floor, tonumber(args[5]))
  return {stamp, 'ready', table.concat(ids, ','), floor, place}
end

local function insert(key, id)
  local tail = redis.call('LINDEX', key, -1)
  if not is_mark(tail) and not is_newer(id, tail) then return end
  local place, is_there = place_of(key, id)
  if is_there then return end
  if place == 0 then
    redis.call('LPUSH', key, id)
  else
    redis.call('LINSERT', key, 'BEFORE', redis.call('LINDEX', key, place), id)
  end
end

-- What came during a rebuild is bounded too: with more than a list holds, the rebuild has to begin anew.
local function trim(key, cap)
  if is_mark(redis.call('LINDEX', key, -1)) then
    redis.call('UNLINK', key)
  else
    redis.call('LTRIM', key, 0, cap)
  end
end

-- KEYS: home lists. ARGS: ids that a list holds, then the new ids, oldest first. Lists that are not there stay
-- so; an id that is there, or below the floor, is passed over. Reply: how many lists there were.
local function push(keys, args)
  local call, cap, oldest, found = redis.call, tonumber(args[1]), args[2], 0
  local is_one, width = #args == 2, #oldest
  for i = 1, #keys do
    local key = keys[i]
    local head = call('LINDEX', key, 0)
    if head then
      local length
      found = found + 1
      if #head == width and head < oldest then
        length = is_one and call('LPUSH', key, oldest) or call('LPUSH', key, unpack(args, 2))
      else
        for j = 2, #args do insert(key, args[j]) end
        length = call('LLEN', key)
      end
      if length > cap + SLACK + 1 then trim(key, cap) end
    end
  end
  return found
end

-- KEYS: stamp, home list. ARGS: milliseconds that a stamp lives unseen, milliseconds that a rebuild may take.
-- Reply: stamp, what the list was ('none', 'building', 'ready'), and only when it was none the token of the
-- rebuild that has begun now.
local function begin(keys, args)
  local stamp = stamp_of(keys[1], keys[2], tonumber(args[1]))
  local tail = redis.call('LINDEX', keys[2], -1)
  if tail then return {stamp, is_mark(tail) and 'building' or 'ready', ''} end
  local token = '-' .. current_era() .. '.' .. unique()
  redis.call('RPUSH', keys[2], token)
  redis.call('PEXPIRE', keys[2], tonumber(args[2]))
  return {stamp, 'none', token}
end

local function merge(collected, read, floor)
  local merged, i, j = {}, 1, 1
  while collected[i] or read[j] do
    local id = collected[i]
    if id and (not read[j] or not is_newer(read[j], id)) then
      i = i + 1
      if id == read[j] then j = j + 1 end
    else
      id, j = read[j], j + 1
    end
    if is_newer(id, floor) then merged[#merged + 1] = id end
  end
  return merged
end

-- KEYS: home list. ARGS: token, ids that a list holds, milliseconds that it lives unseen, floor, then every id
-- above the floor that stood in the database after the token was given, newest first.
-- Reply: 1, or 0 when another rebuild is asked for: the list was dropped, or took too long.
local function finish(keys, args)
  local key, cap, floor = keys[1], tonumber(args[2]), args[4]
  if redis.call('LINDEX', key, -1) ~= args[1] then return 0 end
  local read = {unpack(args, 5)}
  local ids = merge(redis.call('LRANGE', key, 0, -2), read, floor)
  redis.call('UNLINK', key)
  ids[#ids + 1] = floor
  local last = math.min(#ids, cap + 1)
  for first = 1, last, 1000 do
    redis.call('RPUSH', key, unpack(ids, first, math.min(first + 999, last)))
  end
  redis.call('PEXPIRE', key, tonumber(args[3]))
  return 1
end

redis.register_function('hubbub_stamps', stamps)
redis.register_function('hubbub_touch', touch)
redis.register_function{function_name = 'hubbub_kept', callback = kept, flags = {'no-writes'}}
redis.register_function('hubbub_keep', keep)
redis.register_function{function_name = 'hubbub_take_back', callback = take_back, flags = {'allow-oom'}}
redis.register_function('hubbub_home', home)
redis.register_function('hubbub_push', push)
redis.register_function('hubbub_begin', begin)
redis.register_function('hubbub_finish', finish)

-- Logs of live events. An account's log is a stream whose ids are those of its events; it is open while a small
-- key beside it holds its era and the id of its first entry. Only what is told to an open log is kept, and the
-- log opens with the first connection: so it lacks nothing after its first entry, but what it was trimmed by.
-- Whoever hears of another first entry than before has to do with another log, and may have missed something.

-- The id of the first entry, or nil.
local function is_open(mark_key)
  local mark = redis.call('GET', mark_key)
  local mine = current_era()
  return mark and is_of(mark, mine) and string.sub(mark, #mine + 2) or nil
end

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- The number behind the milliseconds is one that no event of a log just lost had in the same millisecond.
local function open_anew(mark_key, log_key)
  redis.call('UNLINK', log_key)
  local first = redis.call('XADD', log_key, string.format('%.0f-1000000', now_ms()), 'p', '')
  redis.call('SET', mark_key, current_era() .. '.' .. first)
  return first
end

local function is_before(a, b)
  local a_ms, a_seq = string.match(a, '^(%d+)-(%d+)$')
  local b_ms, b_seq = string.match(b, '^(%d+)-(%d+)$')
  if a_ms ~= b_ms then return is_newer(b_ms, a_ms) end
  return is_newer(b_seq, a_seq)
end

-- Whether nothing after the id is missing in the log, which is open and not empty.
local function reaches(log_key, id, newest)
  if is_before(newest, id) then return false end
  local first = redis.call('XRANGE', log_key, '-', '+', 'COUNT', 1)[1][1]
  return not is_before(id, first)
end

local function since(mark_key, log_key, id, known)
  local newest = redis.call('XREVRANGE', log_key, '+', '-', 'COUNT', 1)[1]
  local first = newest and is_open(mark_key)
  if not first then
    first = open_anew(mark_key, log_key)
    return {id == '' and 'ready' or 'reset', first, first}
  end
  if id == '' then return {'ready', newest[1], first} end
  if (known and known ~= first) or not reaches(log_key, id, newest[1]) then
    return {'reset', newest[1], first}
  end
  local reply = {'resumed', newest[1], first}
  for _, entry in ipairs(redis.call('XRANGE', log_key, '(' .. id, '+')) do
    reply[#reply + 1] = entry[1]
    reply[#reply + 1] = entry[2][2]
  end
  return reply
end

local function keep_alive(keys, device, log_ttl, device_ttl)
  redis.call('PEXPIRE', keys[1], log_ttl)
  redis.call('PEXPIRE', keys[2], log_ttl)
  redis.call('ZADD', keys[3], string.format('%.0f', now_ms() + device_ttl), device)
  redis.call('PEXPIRE', keys[3], device_ttl)
end

-- KEYS: mark, log, devices. ARGS: device, most devices, milliseconds that a log lives unseen, the same of a device,
-- the id after which to replay, or ''. Reply: 'full'; or 'ready', 'resumed' or 'reset', id of the newest event and
-- of the first entry, how many other devices there are, then id and payload of each event to replay.
local function open_log(keys, args)
  redis.call('ZREMRANGEBYSCORE', keys[3], '-inf', string.format('%.0f', now_ms()))
  local others = redis.call('ZCARD', keys[3])
  if others >= tonumber(args[2]) then return {'full'} end
  local reply = since(keys[1], keys[2], args[5])
  keep_alive(keys, args[1], tonumber(args[3]), tonumber(args[4]))
  table.insert(reply, 4, others)
  return reply
end

-- The same for a connection that missed messages. KEYS: mark, log. ARGS: id, milliseconds that a log lives unseen,
-- id of the first entry that was known.
local function catch_up(keys, args)
  local reply = since(keys[1], keys[2], args[1], args[3])
  redis.call('PEXPIRE', keys[1], tonumber(args[2]))
  redis.call('PEXPIRE', keys[2], tonumber(args[2]))
  table.insert(reply, 4, 0)
  return reply
end

-- KEYS: devices. ARGS: device. Reply: how many other devices there are.
local function leave(keys, args)
  redis.call('ZREM', keys[1], args[1])
  return redis.call('ZCOUNT', keys[1], string.format('%.0f', now_ms()), '+inf')
end

-- KEYS: mark, log, devices for each connection. ARGS: milliseconds that a log lives unseen, the same of a device, then
-- the device of each connection. Reply: for each 1, or 0 when its log is not open any more.
local function beat(keys, args)
  local found = {}
  for i = 1, #keys / 3 do
    local mine = {keys[3 * i - 2], keys[3 * i - 1], keys[3 * i]}
    found[i] = is_open(mine[1]) and redis.call('EXISTS', mine[2]) or 0
    keep_alive(mine, args[i + 2], tonumber(args[1]), tonumber(args[2]))
  end
  return found
end

-- KEYS: mark, log and what makes it once, for each event. ARGS: events that a log holds, milliseconds for which the same
-- is not told again, then for each event its channel, payload, and what it is: 'once', or 'often' when
-- nothing makes it once. Reply: how many were kept.
local function tell(keys, args)
  local kept_now, cap, ttl = 0, args[1], args[2]
  for i = 1, #keys / 3 do
    local channel, payload, is_once = args[3 * i], args[3 * i + 1], args[3 * i + 2] == 'once'
    local first = is_open(keys[3 * i - 2])
    if first and (not is_once or redis.call('SET', keys[3 * i], '', 'NX', 'PX', ttl)) then
      local id = redis.call('XADD', keys[3 * i - 1], 'NOMKSTREAM', 'MAXLEN', '~', cap, '*', 'p', payload)
      if id then
        redis.call('PUBLISH', channel, id .. ' ' .. first .. ' ' .. payload)
        kept_now = kept_now + 1
      end
    end
  end
  return kept_now
end

-- KEYS: devices of accounts. Reply: for each whether one is connected.
local function connected(keys)
  local now, found = string.format('%.0f', now_ms()), {}
  for i, key in ipairs(keys) do found[i] = math.min(redis.call('ZCOUNT', key, now, '+inf'), 1) end
  return found
end

redis.register_function('hubbub_open_log', open_log)
redis.register_function('hubbub_catch_up', catch_up)
redis.register_function('hubbub_leave', leave)
redis.register_function('hubbub_beat', beat)
redis.register_function('hubbub_tell', tell)
redis.register_function{function_name = 'hubbub_connected', callback = connected, flags = {'no-writes'}}

local ASKED = {home = home, stamps = stamps}

-- KEYS: budgets, then those of what else is asked. ARGS: how many budgets, 'home' or 'stamps', what
-- hubbub_spend takes, then what the other function takes. Reply: that of hubbub_spend, then, unless a budget
-- refused, that of the other as one element.
local function spend_and_ask(keys, args)
  local budgets = tonumber(args[1])
  local last = 3 + 3 * budgets
  local reply = spend({unpack(keys, 1, budgets)}, {unpack(args, 3, last)})
  if reply[1] == 1 then
    reply[#reply + 1] = ASKED[args[2]]({unpack(keys, budgets + 1)}, {unpack(args, last + 1)})
  end
  return reply
end

redis.register_function('hubbub_spend_and_ask', spend_and_ask)
