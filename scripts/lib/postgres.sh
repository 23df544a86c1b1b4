# shellcheck shell=bash
# A private PostgreSQL for tests and benchmarks: found or installed, started on a free port, stopped and removed.
# To be sourced. After postgres_start, PG_URL is its address and PG_BIN the directory of its programs.

say() { printf '%s\n' "$*" >&2; }

# Is there a PostgreSQL in this directory that is not too old?
postgres_usable() {
  [ -n "$1" ] && [ -x "$1/initdb" ] && [ -x "$1/pg_ctl" ] && [ -x "$1/postgres" ] || return 1
  [[ "$("$1/postgres" --version 2>/dev/null)" =~ \)\ ([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 15 ]
}

# Finds initdb, pg_ctl and postgres, the newest of Debian's first.
postgres_find() {
  local dir
  # shellcheck disable=SC2012  # no odd names there
  for dir in "${PG_BIN:-}" "$(dirname "$(command -v initdb 2>/dev/null || echo /nonexistent/x)")" \
    $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -rn) "$(pg_config --bindir 2>/dev/null || true)" \
    /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin; do
    if postgres_usable "$dir"; then
      PG_BIN=$dir
      return 0
    fi
  done
  return 1
}

# Installs Debian's package. It would start a cluster of its own, which nobody here needs; settings that stand are left.
postgres_install() {
  local conf=/etc/postgresql-common/createcluster.conf sudo=()
  if [ "$(id -u)" -ne 0 ]; then sudo=(sudo -n); fi
  command -v apt-get >/dev/null && "${sudo[@]}" true 2>/dev/null || return 1
  say "PostgreSQL's server programs are missing: installing Debian's package."
  "${sudo[@]}" apt-get update >/dev/null || return 1
  if [ ! -e "$conf" ]; then
    "${sudo[@]}" mkdir -p "${conf%/*}" || return 1
    echo 'create_main_cluster = false' | "${sudo[@]}" tee "$conf" >/dev/null || return 1
  fi
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql >/dev/null
}

postgres_ensure() {
  postgres_find && return 0
  if postgres_install && postgres_find; then return 0; fi
  say "PostgreSQL's server programs (initdb, pg_ctl, postgres) are needed, version 15 or later."
  say "Install them: Debian and Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server;"
  say "macOS: brew install postgresql. Or set PG_BIN to the directory that holds them."
  return 1
}

# PostgreSQL refuses to run as root, and to start where its user may not be: its own directory will do.
postgres_as_user() (
  cd "$PG_DIR" || exit 1
  if [ "$(id -u)" -ne 0 ]; then
    "$@"
  elif command -v runuser >/dev/null; then
    runuser -u "$PG_USER" -- "$@"
  else
    su "$PG_USER" -s /bin/sh -c "$(printf '%q ' "$@")"
  fi
)

# postgres_directory BASE: makes PG_DIR below it, the server's own.
postgres_directory() {
  PG_DIR=$(mktemp -d "$1/plenaria-pg.XXXXXX")
  if [ "$(id -u)" -eq 0 ]; then chown "$PG_USER" "$PG_DIR"; fi
}

# postgres_start OPTION…: starts it with these settings (name=value) beside its own.
postgres_start() {
  postgres_ensure
  PG_USER=postgres
  id "$PG_USER" >/dev/null 2>&1 || PG_USER=nobody
  PG_DIR= # none yet, whatever the environment says: the trap removes it
  trap postgres_stop EXIT
  trap 'exit 130' INT TERM
  postgres_directory "${TMPDIR:-/tmp}"
  # A root that has a private TMPDIR: its other users cannot get there.
  if ! postgres_as_user test -w "$PG_DIR" 2>/dev/null; then
    rmdir "$PG_DIR"
    postgres_directory /tmp
  fi
  postgres_as_user "$PG_BIN/initdb" -D "$PG_DIR/data" -U plenaria -A trust -E UTF8 --no-locale --no-sync >/dev/null
  local settings="" option try
  for option in listen_addresses=127.0.0.1 max_connections=300 "$@"; do settings+=" -c $option"; done
  for try in 1 2 3 4 5; do
    PG_PORT=$((20000 + RANDOM % 20000))
    if postgres_as_user "$PG_BIN/pg_ctl" -D "$PG_DIR/data" -w -t 30 -l "$PG_DIR/log" \
      -o "-p $PG_PORT -k '$PG_DIR'$settings" start >/dev/null; then
      # shellcheck disable=SC2034  # for those who source this
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
    postgres_as_user "$PG_BIN/pg_ctl" -D "$PG_DIR/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$PG_DIR"
  fi
}
