import { metersScript } from './meters-script.ts';

/** Changes with every change of what the script stores, takes or gives. */
export const scriptVersion = '1';

/** How long a process counts as there, and its waiters as waiting, after it was heard of. */
const liveMs = 15_000;
const demandMs = 2_000;
/** When to ask again, where there is room that waits for somebody on another machine. */
const turnMs = 10;
/** So many calls of a group are looked at behind one of them that cannot go, as in `waiting-room.ts`. */
const lookahead = 16;
/** Corrections that were not acknowledged are sent again for as long as this. */
const acknowledgedMs = 600_000;

/**
 * Everything that one exchange with Redis does, at once. The time is the server's and never goes back. What it takes
 * and gives is written in `exchange.ts`.
 *
 * Those who wait on other machines take part in the turns: where one of them is first, the room that it needs is left
 * to it, and what it waits for elsewhere is taken into account.
 */
export const admitScript = String.raw`
local call = redis.call
local q = cjson.decode(ARGV[1])
local fleet, demand, live, acknowledged = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

local f = call('HMGET', fleet, 'version', 'epoch', 'now', 'offset', 'lost', 'p1', 'p2', 'p3', 'furthest')
if f[1] and f[1] ~= '${scriptVersion}' then return redis.error_reply('TELLTALE another version, ' .. f[1]) end

local t = call('TIME')
local offset = tonumber(f[4]) or 0
local now = t[1] * 1000 + t[2] / 1000 + offset
local last = tonumber(f[3]) or 0
if now < last then
  offset = offset + last - now
  now = last
end
${metersScript}
local epoch, lost = f[2], tonumber(f[5])
if not epoch then
  epoch = q.id .. ' ' .. t[1] .. '.' .. t[2]
  if q.epoch ~= '' then lost = now end
elseif q.epoch ~= '' and q.epoch ~= epoch and not lost then
  lost = now
end

local meters, indexOf = {}, {}
for i, given in ipairs(q.meters) do
  local key = KEYS[4 + i]
  meters[i] = loadMeter(key, given)
  indexOf[key] = i
  if lost then spend(meters[i], lost) end
end

local entries = call('HGETALL', demand)
local batch = #q.corrections > 0 and tonumber(call('GET', acknowledged) or 0)
local isNew = batch and q.batch > batch
if isNew then
  for _, one in ipairs(q.corrections) do correct(meters[one[1]], one[2], one[3], one[4] == 1) end
end

-- Who waits elsewhere, by priority, the longest first; and of which priorities somebody waited until now.
local others, waited, stale = { {}, {}, {} }, {}, {}
for i = 1, #entries, 2 do
  local entry = cjson.decode(entries[i + 1])
  if entry.at + ${demandMs} < now then
    stale[#stale + 1] = entries[i]
  else
    for _, lane in ipairs(entry.lanes) do
      local priority, count, tokens, oldest, times = unpack(lane)
      waited[priority] = true
      if entries[i] ~= q.id then
        local other = { count = count, tokens = tokens, oldest = oldest, group = {}, notBefore = 0, first = true }
        for _, time in ipairs(times) do
          local index = indexOf[time[1]]
          if index then other.group[#other.group + 1] = index else other.notBefore = math.max(other.notBefore, time[2]) end
        end
        if #other.group > 0 then table.insert(others[priority], other) end
      end
    end
  end
end
for priority = 1, 3 do table.sort(others[priority], function(a, b) return a.oldest < b.oldest end) end

local stride = { 1 / 16, 1 / 4, 1 }
local places = { tonumber(f[6]) or 0, tonumber(f[7]) or 0, tonumber(f[8]) or 0 }
local furthest = tonumber(f[9]) or 0
local own, nextOwn, nextOther = { {}, {}, {} }, { 1, 1, 1 }, { 1, 1, 1 }
for i, waiter in ipairs(q.waiters) do
  local lane = own[waiter[2]]
  lane[#lane + 1] = i
end
for priority = 1, 3 do
  if #own[priority] > 0 and not waited[priority] then places[priority] = math.max(places[priority], furthest) end
end
local plan = {}
for priority = 1, 3 do plan[priority] = math.max(places[priority], furthest - 1) end

local function roomOfGroup(group, tokens, withReserved)
  local time = now
  for _, index in ipairs(group) do
    local meter = meters[index]
    time = math.max(time, roomOf(meter, withReserved and meter.reserved or 0, amountOf(meter, tokens)))
  end
  return time
end

local held, blocked, waits = {}, {}, {}
local function putsOff(group, tokens)
  local mine = {}
  for _, index in ipairs(group) do mine[index] = true end
  for _, one in ipairs(held) do
    for _, index in ipairs(one.group) do
      local meter = meters[index]
      if mine[index] and roomOf(meter, meter.reserved + amountOf(meter, tokens), amountOf(meter, one.tokens)) > one.time then
        return true
      end
    end
  end
  return false
end

local function nextOwnOf(priority)
  local lane = own[priority]
  while lane[nextOwn[priority]] and (blocked[q.waiters[lane[nextOwn[priority]]][1]] or 0) > ${lookahead} do
    nextOwn[priority] = nextOwn[priority] + 1
  end
  return lane[nextOwn[priority]]
end

local function turn()
  local best, isOwn, anyOwn
  for priority = 1, 3 do
    local mine, other = nextOwnOf(priority), others[priority][nextOther[priority]]
    if mine then anyOwn = true end
    if (mine or other) and (not best or plan[priority] < plan[best]) then
      best = priority
      -- Of each machine the one that has waited longest has its place; how long the rest wait is not known here.
      isOwn = mine and not (other and other.first and other.oldest < now - q.waiters[mine][4])
    end
  end
  return anyOwn and best, isOwn
end

local function turnOfOther(priority)
  local other = others[priority][nextOther[priority]]
  local time = math.max(other.notBefore, roomOfGroup(other.group, other.tokens, true))
  if time <= now and not putsOff(other.group, other.tokens) then
    for _, index in ipairs(other.group) do
      local meter = meters[index]
      meter.reserved = meter.reserved + amountOf(meter, other.tokens)
    end
    other.count = other.count - 1
    if other.first then
      other.first = false
      table.remove(others[priority], nextOther[priority])
      if other.count > 0 then table.insert(others[priority], other) end
    elseif other.count == 0 then
      nextOther[priority] = nextOther[priority] + 1
    end
  else
    if time > now then held[#held + 1] = { group = other.group, tokens = other.tokens, time = time } end
    table.remove(others[priority], nextOther[priority])
  end
end

local hasDemandElsewhere = #others[1] + #others[2] + #others[3] > 0
local admitted = {}
while true do
  local priority, isOwn = turn()
  if not priority then break end
  plan[priority] = plan[priority] + stride[priority]
  if not isOwn then
    turnOfOther(priority)
  else
    local i = nextOwnOf(priority)
    nextOwn[priority] = nextOwn[priority] + 1
    local index, _, tokens = unpack(q.waiters[i])
    local group = q.groups[index]
    local time = roomOfGroup(group, tokens, true)
    if time <= now and not putsOff(group, tokens) then
      for _, of in ipairs(group) do take(meters[of], amountOf(meters[of], tokens)) end
      local place = math.max(places[priority], furthest - 1)
      furthest = math.max(furthest, place)
      places[priority] = place + stride[priority]
      waits[i] = -1
      admitted[#admitted + 1] = i
    else
      local isReserved = time > now and roomOfGroup(group, tokens, false) <= now
      waits[i] = isReserved and ${turnMs} or time > now and math.min(math.ceil(time - now), 2147483647) or -2
      if not blocked[index] then held[#held + 1] = { group = group, tokens = tokens, time = time } end
      blocked[index] = (blocked[index] or 0) + 1
    end
  end
end

-- Leases, only where nobody waits, here or elsewhere, and as much again is left to others.
local leases = {}
for i, lease in ipairs(q.leases) do
  leases[i] = { 0, 0 }
  local index, count, tokens = unpack(lease)
  while count >= 1 and not hasDemandElsewhere and #admitted == #q.waiters do
    local each = math.ceil(tokens / lease[2] * count)
    local fits = true
    for _, of in ipairs(q.groups[index]) do
      local meter = meters[of]
      local amount = meter.isRequests and count or each
      if amount > 0 and roomOf(meter, amount, amount) > now then fits = false end
    end
    if fits then
      for _, of in ipairs(q.groups[index]) do take(meters[of], meters[of].isRequests and count or each) end
      leases[i] = { count, each }
      break
    end
    count = math.floor(count / 2)
  end
end

local figures = {}
for i, meter in ipairs(meters) do
  local used = meter.ring and meter.ring.sum or meter.capacity - meter.level
  figures[i] = { string.format('%.17g', used), math.min(math.ceil(roomOf(meter, 0, 1) - now), 2147483647) }
end

local lanes = {}
for _, waiting in ipairs(q.waiting) do
  local index, priority, count, tokens, age, sum = unpack(waiting)
  for _, i in ipairs(admitted) do
    local waiter = q.waiters[i]
    if waiter[1] == index and waiter[2] == priority then
      count = count - 1
      sum = sum - waiter[3]
      age = 0
    end
  end
  for i = #q.waiters, 1, -1 do
    local waiter = q.waiters[i]
    if waiter[1] == index and waiter[2] == priority and waits[i] ~= -1 then tokens, age = waiter[3], waiter[4] end
  end
  if count > 0 then
    local times = {}
    for of, meter in ipairs(q.groups[index]) do
      times[of] = { meters[meter].key, roomOf(meters[meter], 0, amountOf(meters[meter], tokens)) }
    end
    lanes[#lanes + 1] = { priority, count, tokens, now - age, times }
  end
end

-- From here on it only writes.
for _, meter in ipairs(meters) do saveMeter(meter) end
if isNew then call('SET', acknowledged, q.batch, 'PX', ${acknowledgedMs}) end
if #stale > 0 then call('HDEL', demand, unpack(stale)) end
if #lanes > 0 then
  call('HSET', demand, q.id, cjson.encode({ at = now, lanes = lanes }))
  call('PEXPIRE', demand, ${2 * demandMs})
elseif #entries > 0 then
  call('HDEL', demand, q.id)
end
if q.bye == 1 then call('ZREM', live, q.id) else call('ZADD', live, now, q.id) end
call('ZREMRANGEBYSCORE', live, '-inf', now - ${liveMs})
call('PEXPIRE', live, ${2 * liveMs})
call('HSET', fleet, 'version', '${scriptVersion}', 'epoch', epoch, 'now', now, 'offset', offset,
  'p1', places[1], 'p2', places[2], 'p3', places[3], 'furthest', furthest)
if lost then call('HSET', fleet, 'lost', lost) end
if call('PTTL', fleet) < q.keptMs then call('PEXPIRE', fleet, q.keptMs) end

for i = 1, #q.waiters do waits[i] = waits[i] or -2 end
return { 'telltale ${scriptVersion}', string.format('%.17g', now), epoch, call('ZCARD', live), waits, figures, leases }
`;
