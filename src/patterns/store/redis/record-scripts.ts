/** Of how a record is stored. A newer one is left as it is. */
export const redisFormat = 1;

/**
 * Reads, writes or deletes one record. A record is a hash: `f` its format, `r` its revision, `v` its value; beside it a
 * sorted set has the ids by when they were written, in microseconds of the server. The argument is a line of JSON, and for
 * a write the value after it, which Lua does not read.
 */
export const recordScript = `
local call = redis.call
local cut = string.find(ARGV[1], '\\n', 1, true)
local q = cjson.decode(string.sub(ARGV[1], 1, cut - 1))

if q.op == 'delete' then
  call('ZREM', KEYS[2], q.id)
  return call('DEL', KEYS[1])
end

local kind, f, r, v = call('TYPE', KEYS[1]).ok, false, false, false
if kind == 'hash' then
  local fields = call('HMGET', KEYS[1], 'f', 'r', 'v')
  f, r, v = tonumber(fields[1]), fields[2], fields[3]
end
local state = 'whole'
if kind == 'none' then state = 'none'
elseif f and f > ${redisFormat} then state = 'newer'
elseif not (f and r and v) then state = 'damaged' end

if q.op == 'read' then
  if state == 'whole' then return { state, r, v } end
  return { state, f and tostring(f) or '' }
end

if state == 'newer' then return { state, tostring(f) } end
if q.expects ~= 'any' then
  if state == 'damaged' then return { state } end
  if q.expects == 'none' and state ~= 'none' then return { 'conflict' } end
  if q.expects == 'revision' and (state ~= 'whole' or r ~= q.revision) then return { 'conflict' } end
end
local t = call('TIME')
local at = t[1] * 1000000 + t[2]
local last = call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
if last then at = math.max(at, tonumber(last) + 1) end
local revision = string.format('%.0f', at) .. '-' .. q.token
call('DEL', KEYS[1])
call('HSET', KEYS[1], 'f', '${redisFormat}', 'r', revision, 'v', string.sub(ARGV[1], cut + 1))
call('ZADD', KEYS[2], string.format('%.0f', at), q.id)
return { 'written', revision }
`;

/** The ids that begin with the argument, and when they were written, the last first. */
export const listScript = `
local all = redis.call('ZREVRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local found = {}
for i = 1, #all, 2 do
  if string.sub(all[i], 1, #ARGV[1]) == ARGV[1] then
    found[#found + 1] = all[i]
    found[#found + 1] = string.format('%.0f', tonumber(all[i + 1]))
  end
end
return found
`;

/** Takes, renews or releases a hold: a key that says whose it is, and that is gone where nobody renews it. */
export const holdScript = `
local call = redis.call
local q = cjson.decode(ARGV[1])
local isOwn = call('GET', KEYS[1]) == q.token
if q.op == 'take' then
  if isOwn or call('SET', KEYS[1], q.token, 'NX', 'PX', q.leaseMs) then return 1 end
  return 0
end
if not isOwn then return 0 end
if q.op == 'renew' then return call('PEXPIRE', KEYS[1], q.leaseMs) end
return call('DEL', KEYS[1])
`;
