-- wrk: a client registers batches of SIZE people with different addresses.
dofile("bench/load/results.lua")

local run = os.getenv("RUN_ID") or tostring(os.time())
local size = tonumber(os.getenv("SIZE") or "500")
local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. (os.getenv("TOKEN") or "") }
local count = 0

function request()
  local items = {}
  for i = 1, size do
    count = count + 1
    items[i] = string.format('{"email":"person.%d.%s@example.org","name":"Ana Pérez","privacy_accepted":true,'
      .. '"organisation":"Ajuntament de Barcelona","country":"ES"}', count, run)
  end
  return wrk.format("POST", wrk.path, headers, '{"items":[' .. table.concat(items, ",") .. "]}")
end
