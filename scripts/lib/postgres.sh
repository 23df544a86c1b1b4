# shellcheck shell=bash
# A private PostgreSQL for tests and benchmarks: found or installed, started on a free port, stopped and removed.
# To be sourced. After postgres_start, PG_URL is its address and PG_BIN the directory of its programs.

say() { printf '%s\n' "$*" >&2; }

# Finds initdb, pg_ctl and postgres; installs Debian's package where it may.
postgres_find() {
  local dir
  for dir in "${PG_BIN:-}" "$(dirname "$(command -v initdb 2>/dev/null || echo /nonexistent/x)")" \
    $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -rn) "$(pg_config --bindir 2>/dev/null || true)" \
    /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin; do
    if [ -n "$dir" ] && [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ]; then
      PG_BIN=$dir
      return 0
    fi
  done
  return 1
}

postgres_ensure() {
  postgres_find && return 0
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then sudo=(sudo -n); fi
  if command -v apt-get >/dev/null && "${sudo[@]}" true 2>/dev/null; then
    say "PostgreSQL's server programs are missing: installing Debian's package."
    "${sudo[@]}" apt-get update >/dev/null
    # The package would start a cluster of its own; nobody here needs it.
    "${sudo[@]}" mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | "${sudo[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql >/dev/null
    postgres_find && return 0
  fi
  say "The tests need PostgreSQL's server programs (initdb, pg_ctl), version 15 or later."
  say "Install them: Debian and Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server;"
  say "macOS: brew install postgresql. Or set PG_BIN to the directory that holds them."
  return 1
}

# PostgreSQL refuses to run as root.
postgres_as_user() {
  if [ "$(id -u)" -ne 0 ]; then
    "$@"
  elif command -v runuser >/dev/null; then
    runuser -u "$PG_USER" -- "$@"
  else
    su "$PG_USER" -s /bin/sh -c "$(printf '%q ' "$@")"
  fi
}

# postgres_start OPTION…: starts it with these settings (name=value) beside its own.
postgres_start() {
  postgres_ensure
  PG_USER=postgres
  id "$PG_USER" >/dev/null 2>&1 || PG_USER=nobody
  PG_DIR=$(mktemp -d "${TMPDIR:-/tmp}/plenaria-pg.XXXXXX")
  trap postgres_stop EXIT
  trap 'exit 130' INT TERM
  if [ "$(id -u)" -eq 0 ]; then chown "$PG_USER" "$PG_DIR"; fi
  postgres_as_user "$PG_BIN/initdb" -D "$PG_DIR/data" -U plenaria -A trust -E UTF8 --no-locale --no-sync >/dev/null
  local settings="" option try
  for option in listen_addresses=127.0.0.1 max_connections=300 "$@"; do settings+=" -c $option"; done
  for try in 1 2 3 4 5; do
    PG_PORT=$((20000 + RANDOM % 20000))
    if (cd "$PG_DIR" && postgres_as_user "$PG_BIN/pg_ctl" -D "$PG_DIR/data" -w -t 30 -l "$PG_DIR/log" \
      -o "-p $PG_PORT -k $PG_DIR$settings" start >/dev/null); then
      PG_URL=postgres://plenaria@127.0.0.1:$PG_PORT/postgres
      return 0
    fi
    say "PostgreSQL did not start on port $PG_PORT (try $try)."
  done
  cat "$PG_DIR/log" >&2
  return 1
}

postgres_stop() {
  if [ -n "${PG_DIR:-}" ] && [ -d "$PG_DIR" ]; then
    (cd "$PG_DIR" && postgres_as_user "$PG_BIN/pg_ctl" -D "$PG_DIR/data" -m immediate -w stop >/dev/null 2>&1) || true
    rm -rf "$PG_DIR"
  fi
}
