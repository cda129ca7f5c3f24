# Who one is there, and whether jkocr can run there at all. Only reads.
say kernel "$(uname -s)"
say arch "$(uname -m)"
say bits "$(getconf LONG_BIT 2>/dev/null)"
say uid "$(id -u)"
say user "$(id -un)"
say home "$HOME"
say ssh_port "${SSH_CONNECTION##* }"
say system "$(sed -n 's/^PRETTY_NAME=//p' /etc/os-release 2>/dev/null | tr -d '"')"
say libc "$(getconf GNU_LIBC_VERSION 2>/dev/null || ldd --version 2>&1 | head -n 1)"
if [ -d /run/systemd/system ]; then say systemd "$(systemctl --version 2>/dev/null | head -n 1)"; fi
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    say sudo none
  elif sudo -n true >/dev/null 2>&1; then
    say sudo free
  else
    say sudo password
  fi
fi
