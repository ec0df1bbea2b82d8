/** How much longer than what they hold counts keys are kept. */
const afterKeptMs = 1_000;

/**
 * Half of the script: what the limits have taken, as hashes. It says what `window-ring.ts`, `token-bucket.ts` and
 * `meter.ts` say, for numbers that live in Redis. All is read before anything is written, so an error charges nobody.
 */
export const metersScript = `
local function partOf(ms, width)
  local part = math.floor(ms / width)
  if (part + 1) * width <= ms then return part + 1 end
  if part * width > ms then return part - 1 end
  return part
end

-- A ring's parts are fields by their number modulo its length, newest and sum beside them. \`current\` is what the field of
-- the part that is now says: nearly every call changes no other.
local function loadRing(key, prefix, width, length, newest, sum, current)
  local ring = { key = key, prefix = prefix, width = width, length = length, sum = tonumber(sum) or 0, gone = {}, delta = {} }
  ring.newest = partOf(now, width)
  local known = tonumber(newest)
  if known and known >= ring.newest then
    if known == ring.newest then ring.current = tonumber(current) or 0 end
    ring.newest = known
    return ring
  end
  ring.current, ring.isLater = 0, true
  if not known then return ring end
  local names = {}
  for part = math.max(known + 1, ring.newest - length + 1), ring.newest do
    local slot = part % length
    ring.gone[slot] = true
    names[#names + 1] = prefix .. slot
  end
  if #names == length then ring.sum = 0 return ring end
  for _, value in ipairs(call('HMGET', key, unpack(names))) do ring.sum = ring.sum - (tonumber(value) or 0) end
  return ring
end

local function at(ring, part)
  if not ring.values then
    local names = {}
    for slot = 0, ring.length - 1 do names[slot + 1] = ring.prefix .. slot end
    ring.values = call('HMGET', ring.key, unpack(names))
  end
  local slot = part % ring.length
  local stored = not ring.gone[slot] and tonumber(ring.values[slot + 1]) or 0
  return stored + (ring.delta[slot] or 0)
end

local function add(ring, amount, part)
  local slot = part % ring.length
  ring.delta[slot] = (ring.delta[slot] or 0) + amount
  ring.sum = ring.sum + amount
end

local function adjust(ring, difference, takenMs)
  local part = math.min(partOf(takenMs, ring.width), ring.newest)
  if part > ring.newest - ring.length then add(ring, difference, part) end
end

local function ringRoom(ring, amount, quota)
  local over = ring.sum + amount - quota
  if over <= 0 then return now end
  local turns = amount > quota and math.ceil(amount / quota) - 1 or 0
  local missing = over - turns * quota
  local part = ring.newest - ring.length + 1
  while part < ring.newest and missing > at(ring, part) do
    missing = missing - at(ring, part)
    part = part + 1
  end
  local leaves = missing > 0 and (part + ring.length) * ring.width or now
  return leaves + turns * ring.length * ring.width
end

local function saveRing(ring)
  local names = {}
  for slot in pairs(ring.gone) do names[#names + 1] = ring.prefix .. slot end
  if #names > 0 then call('HDEL', ring.key, unpack(names)) end
  local newest = ring.newest % ring.length
  for slot, amount in pairs(ring.delta) do
    if amount ~= 0 and not (slot == newest and ring.current) then
      call('HINCRBY', ring.key, ring.prefix .. slot, amount)
    end
  end
  local amount = ring.current and ring.delta[newest]
  if amount then
    call('HSET', ring.key, ring.prefix .. 'n', ring.newest, ring.prefix .. 's', ring.sum,
      ring.prefix .. newest, string.format('%.17g', ring.current + amount))
  elseif ring.isLater or next(ring.delta) then
    call('HSET', ring.key, ring.prefix .. 'n', ring.newest, ring.prefix .. 's', ring.sum)
  end
end

local function loadMeter(key, given)
  local quota, isRequests, width, length, capacity, perMs, share, shareWidth, shareLength = unpack(given)
  local meter = { key = key, quota = quota, isRequests = isRequests == 1, capacity = capacity, perMs = perMs, share = share, reserved = 0 }
  local field = length > 0 and partOf(now, width) % length or 'n'
  local shareField = share > 0 and 'x' .. partOf(now, shareWidth) % shareLength or 'xn'
  local v = call('HMGET', key, 'n', 's', field, 'level', 'levelAt', 'lost', 'xn', 'xs', shareField)
  meter.lost = v[6]
  if length > 0 then meter.ring = loadRing(key, '', width, length, v[1], v[2], v[3]) end
  if share > 0 then meter.second = loadRing(key, 'x', shareWidth, shareLength, v[7], v[8], v[9]) end
  meter.keptMs = length > 0 and length * width or quota / perMs
  meter.isNew = not v[1] and not v[4]
  if capacity > 0 then
    meter.level = capacity
    if v[4] then meter.level = math.min(capacity, v[4] + (now - v[5]) * perMs) end
  end
  return meter
end

-- Memory was lost at that time: as if the quota had been spent just then.
local function spend(meter, lostMs)
  local mark = string.format('%.3f', lostMs)
  if meter.lost == mark or now - lostMs >= meter.keptMs then return end
  meter.lost, meter.isLost = mark, true
  if meter.ring then adjust(meter.ring, math.max(math.ceil(meter.quota - meter.ring.sum), 0), lostMs) end
  if meter.level then meter.level = math.min(meter.level, (now - lostMs) * meter.perMs) end
end

-- Redis lets go of keys by the clock that was put ahead. One that is not there may have gone with it; what it held then was
-- as old as it had to be for that.
local function spendGone(meter, leapt, leap)
  if meter.isNew then spend(meter, leapt - math.max(meter.keptMs + ${afterKeptMs} - leap, 0)) end
end

local function amountOf(meter, tokens) return meter.isRequests and 1 or tokens end

local function roomOf(meter, before, amount)
  local time = now
  if meter.ring then time = ringRoom(meter.ring, before + math.min(amount, meter.quota), meter.quota) end
  if meter.level then
    local missing = math.min(amount, meter.capacity) + before - meter.level
    if missing > 0 then time = math.max(time, now + missing / meter.perMs) end
  end
  if meter.second then
    time = math.max(time, ringRoom(meter.second, before + math.min(amount, meter.share), meter.share))
  end
  return time
end

local function take(meter, amount)
  if meter.ring then add(meter.ring, amount, meter.ring.newest) end
  if meter.second then add(meter.second, amount, meter.second.newest) end
  if meter.level then meter.level = meter.level - amount end
end

-- What was taken at a time turned out to be more or less, or was never sent.
local function correct(meter, takenMs, difference, isRelease)
  if meter.ring then adjust(meter.ring, difference, takenMs) end
  if meter.second then adjust(meter.second, difference, takenMs) end
  if not meter.level then return end
  if difference > 0 then
    meter.level = meter.level - difference
  elseif meter.ring or isRelease then
    local lost = meter.perMs * math.max(now - takenMs, 0)
    meter.level = math.min(meter.capacity, meter.level + math.max(-difference - lost, 0))
  end
end

-- It leaves as the provider lets it go, evenly until then: when it was taken is not known.
local function countForeign(meter, atLeast, leavesInMs)
  local ring = meter.ring
  if not ring then
    local beyond = math.max(math.floor(meter.level - (meter.capacity - atLeast)), 0)
    meter.level = meter.level - beyond
    return beyond
  end
  -- In front of a window a bucket only paces.
  local beyond = atLeast - ring.sum
  if beyond <= 0 then return 0 end
  local shares = math.min(math.max(math.ceil(leavesInMs / ring.width), 1), ring.length)
  local added = 0
  for share = 0, shares - 1 do
    local upTo = math.floor(beyond * (share + 1) / shares)
    if upTo > added then add(ring, upTo - added, ring.newest - ring.length + 1 + share) end
    added = upTo
  end
  return beyond
end

local function saveMeter(meter)
  if meter.ring then saveRing(meter.ring) end
  if meter.second then saveRing(meter.second) end
  if meter.level then call('HSET', meter.key, 'level', meter.level, 'levelAt', now) end
  if meter.isLost then call('HSET', meter.key, 'lost', meter.lost) end
  -- All that is taken in one part leaves with it, and it was set anew when that began.
  if meter.ring and not meter.level and not meter.isLost and not meter.ring.isLater then return end
  local keptMs = meter.keptMs
  if meter.level then keptMs = math.max(keptMs, (meter.capacity - meter.level) / meter.perMs) end
  call('PEXPIRE', meter.key, string.format('%.0f', keptMs + ${afterKeptMs}))
end
`;
