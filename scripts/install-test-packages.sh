#!/usr/bin/env bash
# The Debian packages that some tests need. Installs what is missing when it may (root and apt), else says what to run.
set -u
packages=()
need() { command -v "$1" >/dev/null 2>&1 || packages+=("$2"); }
need gnome-keyring-daemon gnome-keyring
need dbus-run-session dbus
need gdbus libglib2.0-bin
need openssl openssl
need chromium chromium
need script bsdutils
need crontab cron
need systemd-analyze systemd
need python3 python3
need pass pass
need gpg gnupg
compgen -G "/usr/lib/*/faketime/libfaketimeMT.so.1" >/dev/null || packages+=(libfaketime)
[ -d /usr/lib/python3/dist-packages/oauthlib ] || packages+=(python3-oauthlib)
[ ${#packages[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
  export DEBIAN_FRONTEND=noninteractive
  echo "installing for the tests: ${packages[*]}"
  apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null 2>&1 && exit 0
  apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null && exit 0
fi
echo "some tests are skipped without: ${packages[*]}"
echo "install them with: apt-get install -y --no-install-recommends ${packages[*]}"
exit 0
