#!/usr/bin/env bash
# Builds the image the recorded failures run in, with no image registry: Debian packages, `tar`, `docker import`.
#
#   DOCKER_HOST=unix:///... benchmarks/recording/build.sh
#
# One tree with nginx, redis, postgres, mariadb, python, node, haproxy, memcached, openssl and busybox, imported once and
# tagged with a name a program, so that a recording shows the name of what it is about. An image that is there is left
# alone. Needs mmdebstrap, busybox-static, gcc and a docker client; runs as root. Debian's versions (bookworm).
set -euo pipefail

work=$(mktemp -d "${TMPDIR:-/tmp}/kubelite-recording.XXXXXX")
trap 'rm -rf "$work"' EXIT
suite=${SUITE:-bookworm}
tag=recording
names=(nginx redis postgres mariadb python node haproxy memcached tools)
packages=nginx-light,redis-server,postgresql-15,mariadb-server-core,python3,python3-psycopg2,python3-redis,python3-flask
packages=$packages,gunicorn,nodejs,node-express,node-redis,openssl,haproxy,memcached,curl,busybox-static

present() { docker image inspect "kubelite/tools:$tag" >/dev/null 2>&1; }

for each in docker mmdebstrap gcc; do
  command -v "$each" >/dev/null || { echo "benchmarks/recording/build.sh: '$each' is not installed" >&2; exit 3; }
done
present && exit 0

root=$work/root
# In a session of its own: when it fails, mmdebstrap hangs up its whole process group.
setsid --wait mmdebstrap --quiet --variant=extract --format=directory --include="$packages" "$suite" "$root" \
  >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 4; }

rm -rf "$root"/usr/share/{doc,man,info,locale,lintian} "$root"/var/cache/apt "$root"/var/lib/apt
rm -rf "$root/var/run"
mkdir -p "$root"/{app,data,etc/nginx/conf.d,run/mysqld,run/postgresql,var/log/nginx,var/lib/nginx}
ln -s ../run "$root/var/run"
chmod 1777 "$root"/{tmp,data,run/mysqld,run/postgresql}
# No maintainer script ran, so the accounts and the usual links are made here.
cat >"$root/etc/passwd" <<'ACCOUNTS'
root:x:0:0:root:/root:/bin/sh
www-data:x:33:33:www-data:/var/www:/bin/false
postgres:x:70:70:postgres:/data:/bin/sh
mysql:x:71:71:mysql:/data:/bin/sh
app:x:1000:1000:app:/app:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
ACCOUNTS
printf 'root:x:0:\nwww-data:x:33:\npostgres:x:70:\nmysql:x:71:\napp:x:1000:\nnogroup:x:65534:\n' >"$root/etc/group"
for applet in sh awk vi hostname ps free top nc ping wget sleep; do
  [ -e "$root/bin/$applet" ] || [ -e "$root/usr/bin/$applet" ] || ln -s /bin/busybox "$root/bin/$applet"
done
rm -f "$root/etc/nginx/sites-enabled/default"
# For the wrong machine: a real ELF file that says it is for AArch64 (its e_machine is changed).
printf 'int main(void){return 0;}\n' >"$work/other.c"
gcc -O2 -static -o "$root/app/server-arm64" "$work/other.c"
printf '\xb7\x00' | dd of="$root/app/server-arm64" bs=1 seek=18 conv=notrunc status=none

path=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
tar -C "$root" --numeric-owner --exclude=./dev -c . |
  docker import --change "ENV PATH=$path" --change 'WORKDIR /app' --change 'CMD ["sh"]' - "kubelite/tools:$tag" >/dev/null
for each in "${names[@]}"; do docker tag "kubelite/tools:$tag" "kubelite/$each:$tag"; done
echo "built kubelite/*:$tag: $(docker image inspect -f '{{.Size}}' "kubelite/tools:$tag") bytes"
