# Whether models could be fetched here. Only asks. INDEX: the index that a download asks if no variable names one.
index=${PIP_INDEX_URL:-$INDEX}
shown=$(printf '%s' "$index" | sed 's,^\([a-z]*://\)[^/]*@,\1,')
proxies=${http_proxy:-}${HTTP_PROXY:-}${https_proxy:-}${HTTPS_PROXY:-}${all_proxy:-}${ALL_PROXY:-}
# Who answers is reached, whatever the answer. Not reached is what has no name, no connection or no answer in time; what
# else there is, such as certificates, the download will say. All of these but the last one heed proxies.
if command -v curl >/dev/null 2>&1; then
  curl -q -s -I -m 3 -o /dev/null "$shown"
  case $? in 5 | 6 | 7 | 28) unreached=yes ;; esac
elif command -v wget >/dev/null 2>&1; then
  wget --no-config -q --spider -t 1 -T 3 "$shown"
  [ $? != 4 ] || unreached=yes
elif command -v python3 >/dev/null 2>&1; then
  timeout 5 python3 -c '
import ssl, sys, urllib.error, urllib.request
try:
    urllib.request.urlopen(urllib.request.Request(sys.argv[1], method="HEAD"), timeout=3)
except urllib.error.HTTPError:
    pass
except OSError as error:
    sys.exit(0 if isinstance(getattr(error, "reason", error), ssl.SSLError) else 4)
' "$shown"
  case $? in 4 | 124) unreached=yes ;; esac
elif command -v bash >/dev/null 2>&1 && [ -z "$proxies" ]; then
  host=${shown#*://}
  host=${host%%/*}
  case $shown in http:*) port=80 ;; *) port=443 ;; esac
  case $host in *:*[0-9]) port=${host##*:} host=${host%:*} ;; esac
  timeout 3 bash -c ': <>"/dev/tcp/$0/$1"' "$host" "$port" || unreached=yes
fi >/dev/null 2>&1
[ "${unreached:-no}" = no ] || say unreached "$shown"
