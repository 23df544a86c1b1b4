# shellcheck shell=bash
# What scripts/bench measures of partners' work. To be sourced, behind measure.sh.

EXPORTED=${EXPORTED:-1000000}

# A client of the hot event's owner; it sees all of that event.
partner_client() {
  "$PROGRAM" clients add --organisation bench --name Benchmark --scope "registrations:read registrations:write" >"$WORK/client"
}

# A token is good for 15 minutes: a new one for each measurement.
partner_token() {
  TOKEN=$(curl -fs "$BASE/oauth/token" -d grant_type=client_credentials \
    -u "$(sed -n 's/^client_id: //p' "$WORK/client"):$(sed -n 's/^client_secret: //p' "$WORK/client")" |
    sed 's/.*"access_token":"\([^"]*\)".*/\1/')
  export TOKEN
}

# One connection. Prints: engine single-registrations-per-second batched-registrations-per-second errors
batch_against_single() {
  local single batched
  partner_token
  single=$(RUN_ID=$(date +%s%N) wrk -t1 -c1 -d"${SECONDS_EACH}s" --latency -s bench/register.lua \
    "$BASE/v1/events/$HOT/registrations" | wrk_figures)
  partner_token
  batched=$(RUN_ID=$(date +%s%N) SIZE=500 wrk -t1 -c1 -d"${SECONDS_EACH}s" --latency -s bench/batch.lua \
    "$BASE/v1/events/$HOT/registrations/batch" | wrk_figures)
  echo "$1 $single $batched" | awk '{ print $1, $2, $7 * 500, $5 + $10 }'
}

# Reading a kept answer with 64 connections, without a token and with one, in turn; medians of three rounds. Prints two
# lines of wrk's figures.
bearer_reads() {
  local event="$BASE/v1/events/$WEBINAR"
  rm -f "$WORK"/bearer.*
  for _ in 1 2 3; do
    partner_token
    read_at "$event" >>"$WORK/bearer.without"
    read_at "$event" -H "Authorization: Bearer $TOKEN" >>"$WORK/bearer.with"
  done
  for one in without with; do sort -n "$WORK/bearer.$one" | sed -n 2p; done
}

# What both engines put into the columns of a million registrations; `n` is a registration's number.
filled_columns() {
  echo "event_id, status, email, live_email, name, organisation, country, language, newsletter, answers, source, privacy_notice,
    privacy_accepted_at, created_at, updated_at, confirmed_at, revision, id"
}
filled_values() {
  echo "e.id, 'confirmed', 'person.' || n || '@example.org', 'person.' || n || '@example.org', 'Ana Pérez ' || n,
    'Ajuntament de Barcelona', 'ES', 'en', false, '{}', 'public', '1',
    '2026-11-23T09:00:00.123456+00:00', '2026-11-23T09:00:00.123456+00:00', '2026-11-23T09:00:00.123456+00:00',
    '2026-11-23T09:00:00.123456+00:00', 1"
}

fill_postgresql() {
  empty_tables
  # Texts become times by themselves only where they stand alone.
  sql "INSERT INTO registrations ($(filled_columns)) SELECT $(filled_values | sed "s/'2026[^']*'/&::timestamptz/g; s/'{}'/&::jsonb/"),
    ('019a0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
    FROM events AS e, generate_series(1, $EXPORTED) AS numbers (n) WHERE e.slug = '$HOT'" >/dev/null
  sql "UPDATE event_seats SET confirmed = $EXPORTED WHERE event_id = '$EVENT'" >/dev/null
  "$(pg_program psql)" -qAt "$PG_URL" -c "VACUUM ANALYZE registrations" >/dev/null
}

# With the server stopped.
fill_sqlite() {
  python3 - "$PLENARIA_DATA_DIR/plenaria.db" "DELETE FROM registrations" \
    "INSERT INTO registrations ($(filled_columns))
      WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < $EXPORTED)
      SELECT $(filled_values), hex_id(n) FROM events AS e, c WHERE e.slug = '$HOT'" \
    "UPDATE event_seats SET confirmed = $EXPORTED WHERE event_id = (SELECT id FROM events WHERE slug = '$HOT')" <<'PYTHON'
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.create_function("hex_id", 1, lambda n: bytes.fromhex("019a0000000070008000%012x" % n), deterministic=True)
for statement in sys.argv[2:]:
    database.execute(statement)
database.commit()
PYTHON
}

# An export in one form, of a server that has just been started: its rows are counted once, then it is timed three times.
# Prints: engine form rows rows-per-second MiB-above-idle MB-of-answer
exported() {
  local idle rows url="$BASE/v1/events/$HOT/registrations/export?format=$2"
  partner_token
  idle=$(kilobytes VmRSS)
  echo 5 >"/proc/$SERVER/clear_refs"
  rows=$(curl -fsS "$url" -H "Authorization: Bearer $TOKEN" | wc -l)
  [ "$2" = csv ] && rows=$((rows - 1))
  if [ "$rows" -ne "$EXPORTED" ]; then say "The export has $rows rows of $EXPORTED."; return 1; fi
  for _ in 1 2 3; do
    curl -fsS "$url" -H "Authorization: Bearer $TOKEN" -o /dev/null -w '%{time_total} %{size_download}\n'
  done | sort -n | sed -n 2p | awk -v engine="$1" -v form="$2" -v rows="$rows" -v above=$(($(server_peak) - idle)) \
    '{ printf "%s %s %d %d %d %d\n", engine, form, rows, rows / $1, above, $2 / 1000000 }'
}

exports() {
  for form in csv ndjson; do
    server_start
    server_idle >/dev/null
    exported "$1" "$form"
    server_stop
  done
}

partners_report() {
  cat <<REPORT

## Partners

Verifying a client's access token takes **$(cat "$WORK/verify") µs** (wanted: at most 60), without a query.

Registering by a client over one connection: single calls, and batches of 500 (wanted: 5 times as many).

| | single /s | in batches /s | ratio | errors |
|---|---|---|---|---|
REPORT
  awk '{ printf "| %s | %d | %d | **%.1f** | %d |\n", $1, $2, $3, $3 / $2, $4 }' "$WORK/batches"
  cat <<REPORT

Reading an event (a kept answer), 64 connections, without a token and with one; medians of three rounds in turn.

| | requests /s | p50 ms | p99 ms | errors |
|---|---|---|---|---|
REPORT
  awk '{ split("without a token|with a client'"'"'s token", names, "|"); printf "| %s | %d | %.2f | %.2f | %d |\n", names[NR], $1, $2, $3, $4 }' "$WORK/bearer"
  cat <<REPORT

Exporting all registrations of one event, read by curl on the same machine (wanted: 100,000 rows a second, less than 32 MiB
above idle). Medians of three.

| | rows | rows /s | MiB above idle | MB of answer |
|---|---|---|---|---|
REPORT
  awk '{ printf "| %s, %s | %d | **%d** | %d | %d |\n", $1, $2, $3, $4, $5, $6 }' "$WORK/exports"
}
