-- wrk: people confirm their addresses. Each line of the file PEOPLE has the token of one pending request after its id.
dofile("bench/load/results.lua")

local people = assert(io.open(os.getenv("PEOPLE")))
local headers = { ["Content-Type"] = "application/json" }

function request()
  local line = people:read("*l")
  -- Without anyone left the request is rejected, which counts as an error.
  local token = line and line:match(" (%S+)$") or "none"
  return wrk.format("POST", "/v1/registrations/confirm", headers, '{"confirmation_token":"' .. token .. '"}')
end

function response(status, _, body)
  if status ~= 201 then return end
  count("confirmed")
  promise(body:match('"id":"([^"]+)"'), body:match('"status":"([^"]+)"'))
end
