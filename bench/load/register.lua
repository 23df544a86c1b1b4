-- wrk: people with different addresses register; with KEYED set, each request has an idempotency key.
dofile("bench/load/results.lua")

local run = os.getenv("RUN_ID") or tostring(os.time())
local count = 0
local keyed = os.getenv("KEYED")
local headers = { ["Content-Type"] = "application/json" }
-- With a client's token, if one is given.
local token = os.getenv("TOKEN")
if token then headers["Authorization"] = "Bearer " .. token end
-- Names and fields vary between people.
local given = { "Ana", "Bernat", "Chloé", "Dídac", "Elif", "Fátima", "Güney" }
local family = { "Pérez", "Mas i Roca", "Lefèvre", "Öztürk", "Nguyễn" }
local about = { "", ',"organisation":"Ajuntament de Barcelona","country":"ES"', ',"organisation":"Metropolis"', ',"country":"FR"' }

function request()
  count = count + 1
  local email = string.format("person.%d.%d.%s@example.org", id, count, run)
  local body = '{"email":"' .. email .. '","name":"' .. given[count % 7 + 1] .. " " .. family[count % 5 + 1]
    .. '","privacy_accepted":true' .. about[count % 4 + 1] .. "}"
  if keyed then headers["Idempotency-Key"] = string.format("%d-%d-%s", id, count, run) end
  return wrk.format("POST", wrk.path, headers, body)
end
