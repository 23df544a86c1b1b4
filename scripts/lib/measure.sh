# shellcheck shell=bash
# What scripts/bench measures with. To be sourced.

# psql and pgbench may stand beside the server programs or on the path.
pg_program() { if [ -x "$PG_BIN/$1" ]; then echo "$PG_BIN/$1"; else command -v "$1"; fi; }

sql() { "$(pg_program psql)" -qAt "$PG_URL" -c "$1"; }

server_start() {
  local started
  # What the last one said must not be taken for this one's.
  rm -f "$WORK/listening"
  started=$(date +%s%N)
  "$PROGRAM" serve >"$WORK/listening" 2>"$WORK/log" &
  SERVER=$!
  until BASE=$(sed -n 's/^listening on //p' "$WORK/listening" 2>/dev/null || true) && [ -n "$BASE" ]; do
    kill -0 "$SERVER" || { cat "$WORK/log" >&2; return 1; }
    sleep 0.005
  done
  until curl -fs "$BASE/health/live" >/dev/null; do sleep 0.005; done
  FIRST_ANSWER=$((($(date +%s%N) - started) / 1000000))
}

stop() {
  if [ -n "$1" ]; then
    kill -CONT "$1" 2>/dev/null || true
    kill "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
  fi
}
server_stop() { stop "${SERVER:-}"; SERVER=; }
bare_stop() { stop "${BARE:-}"; BARE=; }

kilobytes() { awk -v name="$1:" '$1 == name { print int($2 / 1024) }' "/proc/$SERVER/status"; }
server_idle() { sleep 1; curl -fs "$BASE/v1/events" >/dev/null; echo "$(kilobytes VmRSS) $FIRST_ANSWER"; }
server_peak() { kilobytes VmHWM; }

# Prints: connections transactions-per-second average-latency-ms. The server stands still meanwhile: it would move the rows
# that pgbench writes into the outbox, at pgbench's expense.
pgbench_registrations() {
  local out
  kill -STOP "$SERVER"
  out=$("$(pg_program pgbench)" -n -M prepared -f bench/pgbench-registration.sql -D "event=$EVENT" -c "$1" -j 2 -T "$SECONDS_EACH" "$PG_URL" 2>"$WORK/pgbench.log")
  kill -CONT "$SERVER"
  awk -v c="$1" '/^tps/ { tps = $3 } /^latency average/ { latency = $4 } END { print c, tps, latency }' <<<"$out"
}

# wrk's report as: requests-per-second p50-ms p99-ms errors requests
wrk_figures() {
  awk '
    function ms(t) { return t ~ /us$/ ? t / 1000 : (t ~ /ms$/ ? t + 0 : t * 1000) }
    $1 == "50%" { p50 = ms($2) } $1 == "99%" { p99 = ms($2) }
    /requests in/ { requests = $1 } /^Requests\/sec/ { rate = $2 }
    /Non-2xx/ { errors += $NF } /Socket errors/ { gsub(",", ""); errors += $4 + $6 + $8 + $10 }
    END { printf "%s %.2f %.2f %d %d\n", rate, p50, p99, errors, requests }'
}

api_registrations() {
  local figures
  figures=$(RUN_ID=$(date +%s%N) wrk -t1 -c"$1" -d"${SECONDS_EACH}s" --latency -s bench/register.lua \
    "$BASE/v1/events/$HOT/registrations" | wrk_figures)
  REQUESTS=${figures##* }
  echo "$1 $figures"
  echo "$REQUESTS" >"$WORK/requests"
}

empty_tables() {
  sql "TRUNCATE registrations, outbox, changes, idempotency_records, messages; UPDATE event_seats SET confirmed = 0; CHECKPOINT" >/dev/null
}

# Registrations with 64 connections while mails are written into files; prints wrk's figures and how many mails.
sending_mail() (
  unset PLENARIA_SMTP_URL
  server_start
  empty_tables
  api_registrations 64 | tr '\n' ' '
  find "$PLENARIA_DATA_DIR/mail" -name '*.eml' | wc -l
  server_stop
)

check_tables() {
  check_counts "$(sql "SELECT count(*) FROM registrations")" \
    "$(sql "SELECT confirmed FROM event_seats WHERE event_id = '$EVENT'")"
}

# How many are confirmed, as the API says; the answer may be a second old.
api_confirmed() {
  sleep 1.5
  curl -fs "$BASE/v1/events/$HOT/availability" | sed -n 's/.*"confirmed":\([0-9]*\).*/\1/p'
}

# Rows and counter are one, and no fewer than what was answered.
check_counts() {
  if [ "$1" -ne "$2" ] || [ "$1" -lt "$(cat "$WORK/requests")" ]; then
    say "The counts disagree: $1 rows, $2 counted, $(cat "$WORK/requests") answered."
    return 1
  fi
}

# Three rounds in turn, medians: of the bare handler asked with the very same request, of it with headers, of the programme, of
# its 304, and of it compressed; and of the bare handler asked for a short address, whose request is cheaper to send and to
# read.
programme_reads() {
  local bare_base tag path="/v1/events/$WEBINAR/programme"
  local programme=$BASE$path
  curl -fs "$programme" >"$WORK/programme.json"
  tag=$(curl -fsI "$programme" | tr -d '\r' | sed -n 's/^[Ee][Tt]ag: //p')
  target/release/bare "$WORK/programme.json" >"$WORK/bare" 2>/dev/null &
  BARE=$!
  until bare_base=$(sed -n 's/^listening on //p' "$WORK/bare") && [ -n "$bare_base" ]; do sleep 0.02; done
  for _ in 1 2 3; do
    read_at "$bare_base$path" >>"$WORK/bare.figures"
    read_at "$bare_base/headers$path" >>"$WORK/headers.figures"
    read_at "$programme" >>"$WORK/api.figures"
    read_at "$programme" -H "If-None-Match: $tag" >>"$WORK/304.figures"
    read_at "$programme" -H "Accept-Encoding: br" >>"$WORK/br.figures"
    read_at "$bare_base/" >>"$WORK/short.figures"
  done
  bare_stop
  for one in bare headers api 304 br short; do sort -n "$WORK/$one.figures" | sed -n 2p; done
}

read_at() { wrk -t1 -c64 -d"${SECONDS_EACH}s" --latency "$@" | wrk_figures; }

write_report() {
  cat <<REPORT
# Benchmarks

Written by \`scripts/bench\` on $(date -u +%F), in one run of $SECONDS_EACH s a measurement, load generator, server and
database on one machine: $(nproc) cores ($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)), Linux $(uname -r),
$("$PG_BIN/postgres" --version), $(rustc --version | cut -d' ' -f1,2). PostgreSQL with \`fsync=on\`,
\`synchronous_commit=on\`, \`shared_buffers=512MB\`; SQLite with \`journal_mode=WAL\`, \`synchronous=FULL\`; the server with
\`PLENARIA_LOG=warn\`. Such a machine is shared with others: figures of two runs differ by a fifth or so, which is why the
baseline is measured in the same run, in turn with what it is compared to.

## Registrations for one event, seats unlimited

Baseline: \`pgbench\`, one registration per transaction on the same tables (lock the event's seat row, insert the
registration, update the count, insert the outbox row, commit). API: \`POST /v1/events/{event}/registrations\` over HTTP;
"keyed": with an \`Idempotency-Key\` of its own on every request, whose answer is kept in the same transaction.

| connections | pgbench /s | API, PostgreSQL /s | ratio | p50 ms | p99 ms | errors | keyed /s | ratio | p50 ms | p99 ms | errors | API, SQLite /s | p50 ms | p99 ms | errors |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
REPORT
  paste -d' ' "$WORK/pgbench" "$WORK/postgresql" "$WORK/keyed" "$WORK/sqlite" | awk '{
    printf "| %d | %d | %d | **%.1f** | %.1f | %.1f | %d | %d | **%.1f** | %.1f | %.1f | %d | %d | %.1f | %.1f | %d |\n", $1, $2, $5, $5 / $2, $6, $7, $8, $11, $11 / $2, $12, $13, $14, $17, $18, $19, $20
  }'
  awk '{ printf "\nA mail is queued for each registration; the mail server is away. With 64 connections on PostgreSQL, no keys, and mails written\ninto files meanwhile: %d /s, p50 %.1f ms, p99 %.1f ms, %d errors; %d mails were written in that time.\n", $2, $3, $4, $5, $7 }' "$WORK/sending"
  cat <<REPORT

## Reading the programme, 64 connections

Baseline: a bare actix handler that answers the same request with the same bytes ($(wc -c <"$WORK/programme.json")). Medians of
three rounds in turn. The last row is the bare handler asked for \`/\`: a short address is cheaper to send and to read.

| | requests /s | of the bare handler's | p50 ms | p99 ms | errors |
|---|---|---|---|---|---|
REPORT
  awk 'NR == 1 { bare = $1 } {
    split("bare handler|the same with our headers|`GET /v1/events/{event}/programme`|that with `If-None-Match`: 304|that with `Accept-Encoding: br`|bare handler, asked for `/`", names, "|")
    printf "| %s | %d | **%.2f** | %.2f | %.2f | %d |\n", names[NR], $1, $1 / bare, $2, $3, $4
  }' "$WORK/reads"
  cat <<REPORT

## Start and memory of the server

| | start to first answer, ms | idle, MiB | peak under these loads, MiB |
|---|---|---|---|
REPORT
  awk '{ value[$1] = $2; start[$1] = $3 } END {
    printf "| PostgreSQL | %d | %d | %d |\n| SQLite | %d | %d | %d |\n", start["postgresql"], value["postgresql"], value["postgresql-peak"], start["sqlite"], value["sqlite"], value["sqlite-peak"]
  }' "$WORK/memory"
}
