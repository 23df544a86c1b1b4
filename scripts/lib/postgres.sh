# shellcheck shell=bash
# A private PostgreSQL for tests and benchmarks: finds or installs it, starts it on a free port, stops and removes it.
# To be sourced. After postgres_start, PG_URL is its URL and PG_BIN the directory of its programs.

say() { printf '%s\n' "$*" >&2; }

# Whether this directory has a PostgreSQL of a supported version.
postgres_usable() {
  [ -n "$1" ] && [ -x "$1/initdb" ] && [ -x "$1/pg_ctl" ] && [ -x "$1/postgres" ] || return 1
  [[ "$("$1/postgres" --version 2>/dev/null)" =~ \)\ ([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 15 ]
}

# Finds initdb, pg_ctl and postgres; of Debian's versions the newest.
postgres_find() {
  local dir
  # shellcheck disable=SC2012  # the names are simple
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

# Installs Debian's package without its default cluster; an existing configuration is not changed.
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

# Runs a command as PostgreSQL's user, because it refuses to run as root, and in a directory that this user may enter.
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

# postgres_directory BASE: creates PG_DIR below BASE, owned by PostgreSQL's user.
postgres_directory() {
  PG_DIR=$(mktemp -d "$1/plenaria-pg.XXXXXX")
  if [ "$(id -u)" -eq 0 ]; then chown "$PG_USER" "$PG_DIR"; fi
}

# postgres_start OPTION…: starts PostgreSQL with these additional settings (name=value).
postgres_start() {
  postgres_ensure
  PG_USER=postgres
  id "$PG_USER" >/dev/null 2>&1 || PG_USER=nobody
  PG_DIR= # ignores a value from the environment, because the trap removes this directory
  trap postgres_stop EXIT
  trap 'exit 130' INT TERM
  postgres_directory "${TMPDIR:-/tmp}"
  # Root's TMPDIR may not be accessible to PostgreSQL's user.
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
      # shellcheck disable=SC2034  # used by the scripts that source this file
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
