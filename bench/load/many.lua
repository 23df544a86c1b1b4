-- wrk: requests to many events at random. All requests register; with MIXED set only half of them do, and the others read
-- the programme, the availability, or the event.
dofile("bench/load/results.lua")

local run = os.getenv("RUN_ID") or tostring(os.time())
local events = tonumber(os.getenv("EVENTS"))
local mixed = os.getenv("MIXED")
local count = 0
local post = { ["Content-Type"] = "application/json" }

function init()
  math.randomseed(id + 1)
end

function request()
  count = count + 1
  local event = string.format("/v1/events/event-%d", math.random(events))
  local kind = mixed and math.random(10) or 1
  if kind == 6 or kind == 7 then return wrk.format("GET", event .. "/programme") end
  if kind == 8 or kind == 9 then return wrk.format("GET", event .. "/availability") end
  if kind == 10 then return wrk.format("GET", event) end
  local body = string.format('{"email":"person.%d.%d.%s@example.org","name":"Ana Pérez","privacy_accepted":true,'
    .. '"organisation":"Ajuntament de Barcelona","country":"ES"}', id, count, run)
  return wrk.format("POST", event .. "/registrations", post, body)
end
