#!/usr/bin/env bash
# Builds the test images with no image registry: a directory tree, `tar`, `docker import`.
#
#   DOCKER_HOST=unix:///... tests/images/build.sh [tiny] [nginx] [redis] [haproxy]      (all when none is named)
#
# An image that is there already is left alone, so a machine with a registry may `docker pull nginx redis` instead.
# Needs Debian's busybox-static, gcc, libc6-dev, mmdebstrap and a docker client; runs as root (mmdebstrap, chroot).
# The version tags of nginx and redis are names the tests ask for; what is inside is the version Debian ships.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/kubelite-images.XXXXXX")
trap 'rm -rf "$work"' EXIT
path='ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

# shellcheck source=/dev/null
suite=${SUITE:-$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")}

present() { docker image inspect "$@" >/dev/null 2>&1; }

need() { # command...: says what to install when one is missing
  local each
  for each in "$@"; do
    command -v "$each" >/dev/null || { echo "tests/images/build.sh: '$each' is not installed" >&2; exit 3; }
  done
}

skeleton() { # root: directories and the two account files every program looks for
  mkdir -p "$1"/{bin,dev,etc,proc,run,sys,tmp,var/log}
  chmod 1777 "$1/tmp"
  printf 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\n' >"$1/etc/passwd"
  printf 'root:x:0:\nwww-data:x:33:\n' >"$1/etc/group"
}

shell_into() { # root: busybox under the name of each of its applets
  local applet
  cp "$(command -v busybox)" "$1/bin/busybox"
  for applet in $(busybox --list); do
    [ -e "$1/bin/$applet" ] || ln -s busybox "$1/bin/$applet"
  done
}

unpack() { # directory package: the package and all it depends on; no maintainer script runs
  # In a session of its own: when it fails, mmdebstrap hangs up its whole process group, us and the tests included.
  setsid --wait mmdebstrap --quiet --variant=extract --format=directory --include="$2" "$suite" "$1" \
    >"$work/mmdebstrap.log" 2>&1 || { cat "$work/mmdebstrap.log" >&2; exit 4; }
}

carry() { # from to program: the program and the libraries the loader resolves for it
  local loader library
  loader=$(cd "$1" && find lib64/ lib/ -maxdepth 1 -name 'ld-linux*.so.*' 2>/dev/null | head -n 1)
  (cd "$1" && cp -L --parents ".$3" "$2")
  chroot "$1" "/$loader" --list "$3" | grep -o '/[^ ]*' | sort -u | while read -r library; do
    (cd "$1" && cp -L --parents ".$library" "$2")
  done
}

import() { # root image change...: the tree becomes an image
  local root=$1 image=$2 each changes=()
  shift 2
  for each in "$@"; do changes+=(--change "$each"); done
  tar -C "$root" --numeric-owner -c . | docker import "${changes[@]}" - "$image" >/dev/null
  echo "built $image"
}

build_tiny() {
  present kubelite/tiny:1 kubelite/tiny:2 kubelite/tiny:healthcheck && return
  need busybox gcc
  local root=$work/tiny
  skeleton "$root"
  shell_into "$root"
  gcc -O2 -static -o "$root/pause" "$here/pause.c"
  import "$root" kubelite/tiny:1 "$path" 'CMD ["/pause"]'
  import "$root" kubelite/tiny:2 "$path" 'ENV TINY=2' 'CMD ["/pause"]'
  import "$root" kubelite/tiny:healthcheck "$path" 'CMD ["/pause"]' \
    'HEALTHCHECK --interval=1s --timeout=5s --retries=1 CMD ["/bin/test","-e","/tmp/healthy"]'
}

build_nginx() {
  present nginx:latest && { present nginx:1.25 || docker tag nginx:latest nginx:1.25; return; }
  need busybox mmdebstrap
  local from=$work/nginx-packages root=$work/nginx
  unpack "$from" nginx-light
  skeleton "$root"
  carry "$from" "$root" /usr/sbin/nginx
  shell_into "$root"
  mkdir -p "$root"/{etc/nginx/conf.d,usr/share/nginx/html,var/lib/nginx,var/log/nginx}
  cp "$from/etc/nginx/mime.types" "$root/etc/nginx/"
  cp "$here/nginx.conf" "$root/etc/nginx/nginx.conf"
  echo '<!doctype html><title>nginx</title><h1>Welcome to nginx!</h1>' >"$root/usr/share/nginx/html/index.html"
  import "$root" nginx:latest "$path" 'EXPOSE 80' 'CMD ["nginx","-g","daemon off;"]'
  docker tag nginx:latest nginx:1.25
}

build_redis() {
  present redis:latest && { present redis:7 || docker tag redis:latest redis:7; return; }
  need busybox mmdebstrap
  local from=$work/redis-packages root=$work/redis
  unpack "$from" redis-server
  skeleton "$root"
  # Debian's redis-server is a link to redis-check-rdb: one binary that looks at its own name.
  carry "$from" "$root" /usr/bin/redis-server
  carry "$from" "$root" /usr/bin/redis-cli
  shell_into "$root"
  mkdir -p "$root/data"
  import "$root" redis:latest "$path" 'EXPOSE 6379' 'WORKDIR /data' \
    'CMD ["redis-server","--bind","0.0.0.0","--protected-mode","no","--dir","/data","--save",""]'
  docker tag redis:latest redis:7
}

build_haproxy() {
  present kubelite/haproxy:test && return
  need mmdebstrap
  local from=$work/haproxy-packages root=$work/haproxy
  unpack "$from" haproxy
  skeleton "$root"
  # As the official image: a user of its own, and a command of its own that we replace.
  printf 'haproxy:x:99:99::/var/lib/haproxy:/bin/false\n' >>"$root/etc/passwd"
  printf 'haproxy:x:99:\n' >>"$root/etc/group"
  carry "$from" "$root" /usr/sbin/haproxy
  mkdir -p "$root/usr/local/etc/haproxy"
  import "$root" kubelite/haproxy:test "$path" 'CMD ["haproxy","-v"]'
}

need docker
[ $# -gt 0 ] || set -- tiny nginx redis haproxy
for each in "$@"; do
  case $each in
    tiny | nginx | redis | haproxy) "build_$each" ;;
    *) echo "tests/images/build.sh: there is no image '$each'; choose from tiny nginx redis haproxy" >&2; exit 2 ;;
  esac
done
