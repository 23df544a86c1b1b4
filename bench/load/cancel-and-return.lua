-- wrk: people cancel and register again: a random registration is cancelled with its token, and cancelled people register again.
-- Each line of the file PEOPLE has the id and the token of one registration.
dofile("bench/load/results.lua")

-- The current registrations, and the addresses of cancelled people.
local active, cancelled_emails = {}, {}

function init()
  math.randomseed(id + 1)
  for line in io.lines(os.getenv("PEOPLE")) do
    local registration, token = line:match("^(%S+) (%S+)$")
    active[#active + 1] = { id = registration, token = token }
  end
end

local function register(email)
  return wrk.format("POST", wrk.path, { ["Content-Type"] = "application/json" },
    '{"email":"' .. email .. '","name":"Ana Pérez","privacy_accepted":true,"organisation":"Ajuntament de Barcelona","country":"ES"}')
end

function request()
  if #cancelled_emails > 0 then return register(table.remove(cancelled_emails)) end
  local one = math.random(#active)
  local registration = active[one]
  active[one] = active[#active]
  active[#active] = nil
  return wrk.format("POST", "/v1/registrations/" .. registration.id .. "/cancel",
    { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. registration.token }, "{}")
end

function response(status, _, body)
  if status ~= 201 and status ~= 200 then return end
  local registration = body:match('"id":"([^"]+)"')
  promise(registration, body:match('"status":"([^"]+)"'))
  if status == 201 then
    count("registered")
    active[#active + 1] = { id = registration, token = body:match('"manage_token":"([^"]+)"') }
  else
    count("cancelled")
    cancelled_emails[#cancelled_emails + 1] = body:match('"email":"([^"]+)"')
  end
end
