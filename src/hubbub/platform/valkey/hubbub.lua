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
