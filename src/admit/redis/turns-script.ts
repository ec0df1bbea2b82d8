/** How long the waiters of a process count as waiting, after it was heard of. */
export const demandMs = 2_000;
/** When to ask again, where there is room that waits for somebody on another machine. */
const turnMs = 10;
/** So many calls of a group are looked at behind one of them that cannot go. */
const lookahead = 16;

/**
 * The part of the script that says whose turn it is and lets go, as `waiting-room.ts` and `priority.ts` do. Those who wait
 * on other machines take part: where one of them is first, the room that it needs is left to it.
 */
export const turnsScript = `
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
-- Those of a shadow went already: each is counted, and told how long it would have waited with all before it.
if q.shadow == 1 then
  for i, waiter in ipairs(q.waiters) do
    local group, tokens = q.groups[waiter[1]], waiter[3]
    local time = roomOfGroup(group, tokens, false)
    for _, of in ipairs(group) do take(meters[of], amountOf(meters[of], tokens)) end
    waits[i] = time > now and math.min(math.ceil(time - now), 2147483647) or -1
  end
end
while q.shadow ~= 1 do
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
`;
