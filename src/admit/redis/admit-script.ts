import { beatMs } from '../shared/store.ts';
import { metersScript } from './meters-script.ts';
import { demandMs, turnsScript } from './turns-script.ts';

/** Changes with every change of what the script stores, takes or gives. */
export const scriptVersion = '3';

/** How long a process counts as there, after it was heard of. */
const liveMs = 15_000;
/** Corrections that were not acknowledged are sent again for as long as this. */
const acknowledgedMs = 600_000;

/**
 * Everything that one exchange with Redis does, at once. The time is the server's. It never goes back, and where its clock was
 * put ahead, no more of it goes by than did for the process that asks. What it takes and gives is written in `exchange.ts`.
 *
 * Those who wait on other machines take part in the turns: where one of them is first, the room that it needs is left
 * to it, and what it waits for elsewhere is taken into account.
 */
export const admitScript = `
local call = redis.call
local q = cjson.decode(ARGV[1])
local fleet, demand, live, acknowledged = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

local f = call('HMGET', fleet, 'version', 'epoch', 'now', 'offset', 'lost', 'p1', 'p2', 'p3', 'furthest', 'leapt', 'leap')
if f[1] and f[1] ~= '${scriptVersion}' then return redis.error_reply('TELLTALE another version, ' .. f[1]) end

local t = call('TIME')
local offset = tonumber(f[4]) or 0
local now = t[1] * 1000 + t[2] / 1000 + offset
local last = tonumber(f[3]) or 0
if now < last then
  offset = offset + last - now
  now = last
end
local latest = q.storeMs > 0 and math.max(last, q.storeMs + q.sinceMs)
local leapt, leap = tonumber(f[10]), tonumber(f[11])
if latest and now > latest then
  leap = now - latest + (leapt and latest - leapt < q.keptMs and leap or 0)
  offset = offset + latest - now
  now = latest
  leapt = now
end
${metersScript}
local epoch, lost = f[2], tonumber(f[5])
local isFresh = not epoch
if isFresh then
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
  if leapt then spendGone(meters[i], leapt, leap) end
  if lost then spend(meters[i], lost) end
end

local entries = call('HGETALL', demand)
local batch = #q.corrections > 0 and tonumber(call('GET', acknowledged) or 0)
local isNew = batch and q.batch > batch
if isNew then
  for _, one in ipairs(q.corrections) do correct(meters[one[1]], one[2], one[3], one[4] == 1) end
end

-- What the provider has counted beyond that is others'. Where several processes say the same, it counts once.
local foreign = {}
for i, one in ipairs(q.told) do foreign[i] = countForeign(meters[one[1]], one[2], one[3]) end

${turnsScript}
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
if q.beat == 1 then
  if q.bye == 1 then call('ZREM', live, q.id) else call('ZADD', live, now, q.id) end
  call('ZREMRANGEBYSCORE', live, '-inf', now - ${liveMs})
  call('PEXPIRE', live, ${2 * liveMs})
end
call('HSET', fleet, 'now', now, 'p1', places[1], 'p2', places[2], 'p3', places[3], 'furthest', furthest)
if isFresh then call('HSET', fleet, 'version', '${scriptVersion}', 'epoch', epoch) end
if offset ~= (tonumber(f[4]) or 0) then call('HSET', fleet, 'offset', offset) end
if leapt and tonumber(f[10]) ~= leapt then call('HSET', fleet, 'leapt', leapt, 'leap', leap) end
if lost and tonumber(f[5]) ~= lost then call('HSET', fleet, 'lost', lost) end
-- Between two beats of a process nothing is set: as much longer it is kept.
if (isFresh or q.beat == 1) and call('PTTL', fleet) < q.keptMs + ${beatMs} then
  call('PEXPIRE', fleet, q.keptMs + ${beatMs})
end

for i = 1, #q.waiters do waits[i] = waits[i] or -2 end
return { 'telltale ${scriptVersion}', string.format('%.17g', now), epoch, call('ZCARD', live), waits, figures, leases, foreign }
`;
