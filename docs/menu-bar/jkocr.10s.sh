#!/bin/sh
# <xbar.title>jkocr</xbar.title>
# <xbar.desc>Who reads your screenshots: the server, this Mac, or nobody.</xbar.desc>
# <xbar.dependencies>jkocr</xbar.dependencies>
# <swiftbar.hideRunInTerminal>true</swiftbar.hideRunInTerminal>
#
# A plugin for SwiftBar and xbar. It asks `jkocr status --json`, whose fields never change, and shows nothing of a
# screenshot: there is nothing of one in it.

# The menu bar starts programs with a short PATH.
PATH="$PATH:/opt/homebrew/bin:/usr/local/bin:$HOME/.local/bin"
jkocr=${JKOCR:-jkocr}

case ${LANG:-$(defaults read -g AppleLocale 2>/dev/null)} in
  zh*) reads_server=服务器识别 reads_here=本机识别 stopped=未运行 start=启动 stop=停止 check=检查 log=日志 last=最近 ;;
  *) reads_server='the server reads' reads_here='this Mac reads' stopped='not running' start=Start stop=Stop check=Check log=Log last=Last ;;
esac

status=$("$jkocr" status --json 2>/dev/null)

# A field of the outermost object, or of the object `requests`.
field() { printf '%s\n' "$status" | sed -n "s/^$1\"$2\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p" | head -n 1; }

# A line of a menu must not have a bar in it: what comes after one is an order to the menu.
plain() { printf '%s' "$1" | tr '|' '/'; }

state=$(field '  ' state)
case $state in
  up) mark='●' words=$reads_server ;;
  local) mark='◐' words=$reads_here ;;
  stopped | '') mark='○' words=$stopped ;;
  *) mark='◑' words=$reads_here ;;
esac

echo "$mark OCR"
echo '---'
echo "$words"
host=$(field '  ' host)
[ -z "$host" ] || [ "$host" = null ] || echo "$(plain "$host")"
if [ "$state" = stopped ] || [ -z "$state" ]; then
  echo "$start | bash=\"$jkocr\" param1=up param2=--detach terminal=false refresh=true"
else
  echo "$reads_server: $(field '    ' remote)"
  echo "$reads_here: $(field '    ' local)"
  message=$(printf '%s\n' "$status" | sed -n 's/^    "message": "\(.*\)",\{0,1\}$/\1/p' | head -n 1)
  [ "$state" = up ] || [ -z "$message" ] || echo "$(plain "$message")"
  took=$(printf '%s\n' "$status" | sed -n '/^  "recent"/,/^  \]/s/^      "ms": \([0-9]*\),\{0,1\}$/\1/p' | head -n 1)
  [ -z "$took" ] || echo "$last: $took ms"
  echo '---'
  echo "$log | bash=\"$jkocr\" param1=logs param2=--follow terminal=true"
  echo "$stop | bash=\"$jkocr\" param1=down terminal=false refresh=true"
fi
echo "$check | bash=\"$jkocr\" param1=doctor terminal=true"
