-- wrk: every change of registrations at once, in the shares of SHARES (such as "register=30,cancel=25"). People register for the
-- event MOVING, which is full, cancel there, first those who came first (PRESENT has the ids and tokens of those who are
-- registered already), and come back; at STANDING a client records attendance (one person, or SIZE in a
-- batch), takes cancellations back, and people change or erase their registrations; at ASKING they ask for a confirmation, and
-- confirm with the tokens of the file PENDING. IDS has the form of the ids of those who are registered at STANDING.
dofile("bench/load/results.lua")

local run = os.getenv("RUN_ID") or tostring(os.time())
local moving, standing, asking = os.getenv("MOVING"), os.getenv("STANDING"), os.getenv("ASKING")
local ids, size = os.getenv("IDS"), tonumber(os.getenv("SIZE"))
local pending = assert(io.open(os.getenv("PENDING")))
local json = { ["Content-Type"] = "application/json" }
local client = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. os.getenv("TOKEN") }

-- A table of a hundred kinds of requests, of which each has its share.
local kinds = {}
for kind, share in os.getenv("SHARES"):gmatch("([%w_]+)=(%d+)") do
  for _ = 1, tonumber(share) do kinds[#kinds + 1] = kind end
end

-- The registrations at MOVING in their order, of which those from `first` to `last` are not cancelled; and the cancelled addresses.
local active, first, last, cancelled_emails = {}, 1, 0, {}
-- How many are used at STANDING, where nobody is used for two purposes; and the cancelled ones there.
local created, used, to_reinstate = 0, 0, {}

function init()
  math.randomseed(id + 1)
  for line in io.lines(os.getenv("PRESENT")) do
    local registration, token = line:match("^(%S+) (%S+)$")
    last = last + 1
    active[last] = { id = registration, token = token }
  end
end

local function person(event, email)
  return wrk.format("POST", "/v1/events/" .. event .. "/registrations", json,
    '{"email":"' .. email .. '","name":"Ana Pérez","privacy_accepted":true,"organisation":"Ajuntament de Barcelona","country":"ES"}')
end

local function new_email()
  created = created + 1
  return string.format("person.%d.%d.%s@example.org", id, created, run)
end

-- The id of a registration at STANDING that no request has named yet.
local function unused()
  used = used + 1
  return string.format(ids, used)
end

local function post(registration, action, headers, body)
  return wrk.format("POST", "/v1/registrations/" .. registration .. "/" .. action, headers, body)
end

local act = {
  register = function() return person(moving, new_email()) end,
  ask = function() return person(asking, new_email()) end,
  come_back = function() return person(moving, table.remove(cancelled_emails) or new_email()) end,
  confirm = function()
    local line = pending:read("*l")
    local token = line and line:match(" (%S+)$") or "none"
    return wrk.format("POST", "/v1/registrations/confirm", json, '{"confirmation_token":"' .. token .. '"}')
  end,
  cancel = function()
    local registration = active[first]
    if not registration then return person(moving, new_email()) end
    active[first], first = nil, first + 1
    return post(registration.id, "cancel",
      { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. registration.token }, "{}")
  end,
  -- A registration is cancelled by the client first, and reinstated once that is confirmed.
  reinstate = function()
    local registration = table.remove(to_reinstate)
    if registration then return post(registration, "reinstate", client, "{}") end
    return post(unused(), "cancel", client, "{}")
  end,
  attend = function() return post(unused(), "attendance", client, '{"attended":true}') end,
  attend_batch = function()
    local items = {}
    for i = 1, size do items[i] = '{"registration":"' .. unused() .. '","attended":true}' end
    return wrk.format("POST", "/v1/events/" .. standing .. "/attendance", client, '{"items":[' .. table.concat(items, ",") .. "]}")
  end,
  update = function()
    local headers = { ["Content-Type"] = "application/json", ["Authorization"] = client["Authorization"], ["If-Match"] = '"1"' }
    return wrk.format("PATCH", "/v1/registrations/" .. unused(), headers, '{"organisation":"Metropolis"}')
  end,
  erase = function() return wrk.format("DELETE", "/v1/registrations/" .. unused(), client) end,
}

function request()
  return act[kinds[math.random(#kinds)]]()
end

-- What a response promises follows from its body, because wrk does not say which request it is for.
local function one(body, registration)
  local state = body:match('"status":"([^"]+)"')
  local revision = tonumber(body:match('"revision":(%d+)'))
  if body:find('"attended_at":"', 1, true) then
    count("attended")
    return promise(registration, "attended")
  end
  promise(registration, state)
  local token = body:match('"manage_token":"([^"]+)"')
  if token and body:find('"slug":"' .. moving .. '"', 1, true) then
    count("registered")
    last = last + 1
    active[last] = { id = registration, token = token }
  elseif token then
    count("confirmed")
  elseif state == "cancelled" then
    count("cancelled")
    if body:find('"slug":"' .. standing .. '"', 1, true) then
      to_reinstate[#to_reinstate + 1] = registration
    else
      cancelled_emails[#cancelled_emails + 1] = body:match('"email":"([^"]+)"')
    end
  else
    count(revision > 2 and "reinstated" or "updated")
  end
end

function response(status, _, body)
  if status == 202 then return count("asked") end
  if status == 204 then return count("erased") end
  if status ~= 200 and status ~= 201 then return end
  if body:sub(1, 12) ~= '{"results":[' then return one(body, body:match('"id":"([^"]+)"')) end
  for registration in body:gmatch('"registration":{"id":"([^"]+)"') do
    count("attended")
    promise(registration, "attended")
  end
end
