# shellcheck shell=bash
# Finds or installs programs from Debian packages. To be sourced.

# program_ensure NAME [PACKAGE]: installs a missing program if possible; otherwise prints what to install.
program_ensure() {
  local sudo=() package=${2:-$1}
  command -v "$1" >/dev/null && return 0
  if [ "$(id -u)" -ne 0 ]; then sudo=(sudo -n); fi
  if command -v apt-get >/dev/null && "${sudo[@]}" true 2>/dev/null; then
    printf '%s is missing: installing Debian'"'"'s package.\n' "$1" >&2
    "${sudo[@]}" apt-get update >/dev/null &&
      "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package" >/dev/null &&
      return 0
  fi
  printf '%s is missing (Debian: apt-get install %s).\n' "$1" "$package" >&2
  return 1
}

# program_built: prints the path of the release binary if it is the newest, else builds a debug binary.
program_built() {
  if [ ! -x target/release/plenaria ] || [ target/debug/plenaria -nt target/release/plenaria ]; then
    cargo build -q --locked >&2
    echo target/debug/plenaria
  else
    echo target/release/plenaria
  fi
}
