-- Shared by wrk's scripts in this folder: prints the results as one line of JSON, which scripts/lib/bench/load.py reads, and
-- keeps what the responses promised, which scripts/lib/bench/database/promises.py compares with the database.
local threads = {}
-- What a script may count, each with a global counter of its own that is summed over threads.
local KINDS = { "registered", "asked", "confirmed", "cancelled", "reinstated", "attended", "updated", "erased" }

function setup(thread)
  thread:set("id", #threads)
  threads[#threads + 1] = thread
end

-- The sum of a global counter over all threads.
local function total(name)
  local sum = 0
  for _, thread in ipairs(threads) do sum = sum + (thread:get(name) or 0) end
  return sum
end

function count(kind, number)
  _G[kind] = (_G[kind] or 0) + (number or 1)
end

local promises

-- Notes that a response promised this status to a registration. A later line about the same registration replaces it.
function promise(registration, status)
  promises = promises or assert(io.open(os.getenv("PROMISES") or "/dev/null", "a"))
  promises:write(registration, " ", status, "\n")
end

function done(summary, latency)
  local errors, counts = summary.errors, {}
  for _, kind in ipairs(KINDS) do
    local sum = total(kind)
    if sum > 0 then counts[#counts + 1] = string.format('"%s":%d', kind, sum) end
  end
  print(string.format(
    'RESULT {"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"p999":%.3f,"refused":%d,"broken":%d,"late":%d,"counts":{%s}}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency:percentile(99.9) / 1e3, errors.status, errors.connect + errors.read + errors.write, errors.timeout,
    table.concat(counts, ",")))
end
