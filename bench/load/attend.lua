-- wrk: a client records who attended, PEOPLE people in turn: one a request, or batches of SIZE. After the last person it begins
-- again with the first and withdraws what it recorded, then records it again, so that each request changes something.
dofile("bench/load/results.lua")

local people, size, ids = tonumber(os.getenv("PEOPLE")), tonumber(os.getenv("SIZE")), os.getenv("IDS")
local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. os.getenv("TOKEN") }
local before = 0

local function next_person()
  local number, pass = before % people + 1, math.floor(before / people)
  before = before + 1
  return string.format(ids, number), pass % 2 == 0 and "true" or "false"
end

function request()
  if not size then
    local registration, attended = next_person()
    return wrk.format("POST", "/v1/registrations/" .. registration .. "/attendance", headers, '{"attended":' .. attended .. "}")
  end
  local items = {}
  for i = 1, size do
    local registration, attended = next_person()
    items[i] = '{"registration":"' .. registration .. '","attended":' .. attended .. "}"
  end
  return wrk.format("POST", wrk.path, headers, '{"items":[' .. table.concat(items, ",") .. "]}")
end

-- How many items of a batch's response were successful.
local function successful(body)
  local number, from = 0, 1
  while true do
    local _, last = body:find('"status":200,', from, true)
    if not last then return number end
    number, from = number + 1, last
  end
end

function response(status, _, body)
  if status == 200 then count("attended", size and successful(body) or 1) end
end
