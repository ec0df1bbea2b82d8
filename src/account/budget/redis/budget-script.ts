/** Changes with every change of what the script stores, takes or gives. */
export const budgetScriptVersion = '1';

/** Costs that were acknowledged are known as such for so long. */
const acknowledgedMs = 86_400_000;
/** Reservations that are let go of in one exchange, at most, for each account. */
const mostDue = 100;

/**
 * Everything that one exchange with Redis does, at once: so two processes cannot both spend the last dollar. The time
 * is the server's. An amount is two whole numbers, dollars and pico-dollars, because a number of Lua is exact up to
 * 2^53 only. What it takes and gives is written in `budget-exchange.ts`.
 *
 * An account is a hash: `su`/`sp` spent, `ru`/`rp` reserved, `eu`/`ep` what of the spent the provider did not count,
 * `al` the thresholds that were told of, `epoch` of this memory, `un` whether some of it was lost, `r:ID` a
 * reservation and `x:ID` one whose lease ran out. Beside it a sorted set says when leases run out: from then on a
 * reservation counts as spent, until its process says otherwise.
 */
export const budgetScript = `
local call = redis.call
local q = cjson.decode(ARGV[1])
local t = call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local usd = 1000000000000

local function plus(a, b)
  local u, p = a[1] + b[1], a[2] + b[2]
  if p >= usd then return { u + 1, p - usd } end
  return { u, p }
end

local function minus(a, b)
  local u, p = a[1] - b[1], a[2] - b[2]
  if p < 0 then return { u - 1, p + usd } end
  return { u, p }
end

local function isLess(a, b) return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2]) end
local function text(number) return string.format('%.0f', number) end
local function parsed(amount)
  local u, p = string.match(amount, '^(%d+) (%d+)$')
  return { tonumber(u), tonumber(p) }
end

local function loadAccount(at, endMs, known)
  local a = { key = KEYS[at], open = KEYS[at + 1], endMs = endMs, crossed = {} }
  local v = call('HMGET', a.key, 'su', 'sp', 'ru', 'rp', 'eu', 'ep', 'al', 'epoch', 'un')
  a.spent = { tonumber(v[1]) or 0, tonumber(v[2]) or 0 }
  a.reserved = { tonumber(v[3]) or 0, tonumber(v[4]) or 0 }
  a.estimated = { tonumber(v[5]) or 0, tonumber(v[6]) or 0 }
  a.alerted = v[7] or ','
  a.epoch = v[8] or (q.from .. ' ' .. t[1] .. '.' .. t[2])
  a.isUncertain = v[9] or '0'
  -- Who remembers another memory than this one knows what it has lost.
  if known ~= 0 and known[1] ~= a.epoch then
    local was = { known[2], known[3] }
    if isLess(plus(a.spent, a.reserved), was) then
      local missing = minus(was, plus(a.spent, a.reserved))
      a.spent = plus(a.spent, missing)
      a.estimated = plus(a.estimated, missing)
    end
    a.isUncertain = '1'
  end
  for _, id in ipairs(call('ZRANGEBYSCORE', a.open, '-inf', text(now), 'LIMIT', 0, ${mostDue})) do
    local amount = call('HGET', a.key, 'r:' .. id)
    call('ZREM', a.open, id)
    if amount then
      call('HDEL', a.key, 'r:' .. id)
      call('HSET', a.key, 'x:' .. id, amount)
      amount = parsed(amount)
      a.reserved = minus(a.reserved, amount)
      a.spent = plus(a.spent, amount)
      a.estimated = plus(a.estimated, amount)
    end
  end
  return a
end

local function tell(a, share, reason)
  local mark = ',' .. share .. ','
  if string.find(a.alerted, mark, 1, true) then return end
  a.alerted = a.alerted .. share .. ','
  a.crossed[#a.crossed + 1] = { share, reason }
end

local function tellOfSpent(a, thresholds)
  for _, one in ipairs(thresholds) do
    if not isLess(a.spent, { one[2], one[3] }) then tell(a, one[1], 'spent') end
  end
end

local function saveAccount(a)
  call('HSET', a.key, 'su', text(a.spent[1]), 'sp', text(a.spent[2]), 'ru', text(a.reserved[1]), 'rp', text(a.reserved[2]),
    'eu', text(a.estimated[1]), 'ep', text(a.estimated[2]), 'al', a.alerted, 'epoch', a.epoch, 'un', a.isUncertain)
  local keptMs = text(math.max(a.endMs - now, 0) + 2 * q.leaseMs)
  call('PEXPIRE', a.key, keptMs)
  call('PEXPIRE', a.open, keptMs)
end

local function figuresOf(a)
  return { text(a.spent[1]), text(a.spent[2]), text(a.estimated[1]), text(a.estimated[2]),
    text(a.reserved[1]), text(a.reserved[2]), a.alerted, a.epoch, a.isUncertain, a.crossed }
end

local function letGo(a, id)
  local held = call('HGET', a.key, 'r:' .. id)
  if not held then return false end
  a.reserved = minus(a.reserved, parsed(held))
  call('HDEL', a.key, 'r:' .. id)
  call('ZREM', a.open, id)
  return true
end

local accounts, figures, refused = {}, {}, {}

if q.op == 'reserve' then
  -- Before anything is changed.
  for _, c in ipairs(q.charges) do
    if now < c.startMs or now >= c.endMs then return { 'telltale ${budgetScriptVersion}', text(now), 'period', {}, {} } end
  end
  for i, c in ipairs(q.charges) do
    accounts[i] = loadAccount(2 * i - 1, c.endMs, c.known)
    -- A client asks again where its connection broke before the answer.
    letGo(accounts[i], q.id)
    tellOfSpent(accounts[i], c.thresholds)
    if c.isHard == 1 and isLess(c.limit, plus(plus(accounts[i].spent, accounts[i].reserved), c.amount)) then
      refused[#refused + 1] = i - 1
      for _, one in ipairs(c.thresholds) do
        if one[1] == 1000000 then tell(accounts[i], one[1], 'exceeded') end
      end
    end
  end
  for i, c in ipairs(q.charges) do
    local a = accounts[i]
    if #refused == 0 then
      a.reserved = plus(a.reserved, c.amount)
      call('HSET', a.key, 'r:' .. q.id, text(c.amount[1]) .. ' ' .. text(c.amount[2]))
      call('ZADD', a.open, text(now + q.leaseMs), q.id)
    end
    saveAccount(a)
    figures[i] = figuresOf(a)
  end
  return { 'telltale ${budgetScriptVersion}', text(now), #refused == 0 and 'reserved' or 'refused', refused, figures }
end

-- What attempts did cost.
local acknowledged = tonumber(call('GET', KEYS[1]) or 0)
for i, one in ipairs(q.accounts) do accounts[i] = loadAccount(2 * i, one.endMs, one.known) end
for _, s in ipairs(q.settled) do
  local a = accounts[s.at]
  if s.number > acknowledged then
    if not letGo(a, s.id) then
      local held = call('HGET', a.key, 'x:' .. s.id)
      if held then
        a.spent = minus(a.spent, parsed(held))
        a.estimated = minus(a.estimated, parsed(held))
        call('HDEL', a.key, 'x:' .. s.id)
      end
    end
    a.spent = plus(a.spent, s.cost)
    a.estimated = plus(a.estimated, s.estimated)
    tellOfSpent(a, s.thresholds)
  end
end
for i, a in ipairs(accounts) do
  saveAccount(a)
  figures[i] = figuresOf(a)
end
if #q.settled > 0 then call('SET', KEYS[1], text(q.settled[#q.settled].number), 'PX', ${acknowledgedMs}) end
return { 'telltale ${budgetScriptVersion}', text(now), 'settled', {}, figures }
`;
