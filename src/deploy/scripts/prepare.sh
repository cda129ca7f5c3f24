# Makes room for a file that is sent. BASE: the folder of jkocr. TARGET: the file. DIGEST: of it. PART: the name of the file
# that it is sent into, which has the digest in it.
take_lock
problem=$(mkdir -p "$BASE/incoming" "${TARGET%/*}" 2>&1) || fail place "$problem"
chmod 700 "$BASE/incoming"
if [ "$(sha256sum 2>/dev/null <"$TARGET" | cut -c 1-64)" = "$DIGEST" ]; then
  say there yes
else
  # What was to be another file is of no use any more.
  for other in "$BASE"/incoming/*.part; do [ "$other" = "$BASE/incoming/$PART" ] || rm -f "$other"; done
  printf '' >>"$BASE/incoming/$PART" || fail place "$BASE/incoming"
  say have "$(wc -c <"$BASE/incoming/$PART" | tr -d ' ')"
fi
