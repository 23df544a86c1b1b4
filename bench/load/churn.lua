-- wrk: people cancel and come back. First PEOPLE register; from then on somebody at random cancels, with the token of
-- their registration, and whoever has cancelled registers again.
dofile("bench/load/results.lua")

local run = os.getenv("RUN_ID") or tostring(os.time())
local people = tonumber(os.getenv("PEOPLE"))
local come = 0
-- Those who are registered, and the addresses of those who have cancelled.
local here, away = {}, {}
-- Globals: results.lua adds them up over threads.
registered, cancelled = 0, 0

function init()
  math.randomseed(id + 1)
end

local function register(email)
  return wrk.format("POST", wrk.path, { ["Content-Type"] = "application/json" },
    '{"email":"' .. email .. '","name":"Ana Pérez","privacy_accepted":true,"organisation":"Ajuntament de Barcelona","country":"ES"}')
end

function request()
  if come < people or (#away == 0 and #here == 0) then
    come = come + 1
    return register(string.format("person.%d.%d.%s@example.org", id, come, run))
  end
  if #away > 0 then return register(table.remove(away)) end
  local one = math.random(#here)
  local registration = here[one]
  here[one] = here[#here]
  here[#here] = nil
  return wrk.format("POST", "/v1/registrations/" .. registration.id .. "/cancel",
    { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. registration.token }, "{}")
end

function response(status, _, body)
  if status == 201 then
    registered = registered + 1
    here[#here + 1] = { id = body:match('"id":"([^"]+)"'), token = body:match('"manage_token":"([^"]+)"') }
  elseif status == 200 then
    cancelled = cancelled + 1
    away[#away + 1] = body:match('"email":"([^"]+)"')
  end
end
