# What tools/quickstart and tests/run have in common: saying what is done, Debian packages, configuring a build.
# Sourced by them with bash; changes nothing by itself.

say() { printf '\n== %s\n' "$*"; }

# packages_of SET...: the packages of these sets, one a line.
packages_of() {
  local set
  for set in "$@"; do
    awk -v set="$set" '$1 == set { print $2 }' "$root/tools/packages.txt"
  done
}

# missing_of SET...: those of them that dpkg does not have.
missing_of() {
  local package
  for package in $(packages_of "$@"); do
    case "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" in
      installed) ;;
      *) echo "$package" ;;
    esac
  done
}

# require_packages SET...: installs what is missing, or names it and ends the script with 1.
require_packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "No dpkg here, so packages are not looked at. On Debian 12 it takes: $(packages_of "$@" | xargs)"
    return
  fi
  local missing as_root=
  missing=$(missing_of "$@" | xargs)
  if [ -z "$missing" ]; then
    echo "All $(packages_of "$@" | wc -l) Debian packages are installed."
    return
  fi
  echo "Missing Debian packages: $missing"
  local line="apt-get install -y --no-install-recommends $missing"
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
      as_root=sudo
    else
      echo "Neither root nor sudo: cannot install them. Run this as root, then start again:" >&2
      echo "  apt-get update && $line" >&2
      exit 1
    fi
  fi
  echo "Installing: ${as_root:+$as_root }$line"
  if ! { $as_root apt-get update -q && $as_root env DEBIAN_FRONTEND=noninteractive $line; }; then
    echo "Could not install: $(missing_of "$@" | xargs). Run this as root, then start again:" >&2
    echo "  apt-get update && $line" >&2
    exit 1
  fi
}

# configure DIRECTORY [cmake arguments...]: says nothing when all is well.  A build directory that exists keeps its
# generator, whoever made it.
configure() {
  local directory=$1 log
  shift
  local arguments=(-S "$root" -B "$directory" "$@")
  if [ ! -e "$directory/CMakeCache.txt" ]; then
    command -v ninja >/dev/null && arguments+=(-G Ninja)
    command -v ccache >/dev/null && arguments+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  # A user without a home directory still gets a cache.
  if [ -z "${CCACHE_DIR-}" ] && ! mkdir -p "${XDG_CACHE_HOME:-${HOME-}/.cache}/ccache" 2>/dev/null; then
    export CCACHE_DIR="$root/build/ccache"
  fi
  if ! log=$(cmake "${arguments[@]}" 2>&1); then
    printf '%s\n' "$log" >&2
    echo "Could not configure $directory" >&2
    exit 1
  fi
}

# build DIRECTORY [TARGET...]: as many jobs as processors.
build() {
  local directory=$1
  shift
  cmake --build "$directory" --parallel "$(nproc)" ${1:+--target "$@"} || {
    echo "The build in $directory failed" >&2
    exit 1
  }
}
