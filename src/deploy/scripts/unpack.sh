# What was sent becomes a file, if it is what it should be; RUNS says whether it has to run here.
keep_lock
mkdir -p "${TARGET%/*}"
new=${TARGET%/*}/.new
if ! [ "$(sha256sum 2>/dev/null <"$TARGET" | cut -c 1-64)" = "$DIGEST" ]; then
  if ! problem=$(gzip -dc <"$BASE/incoming/$PART" 2>&1 >"$new"); then
    rm -f "$new"
    case $problem in
      *[Nn]o\ space* | *quota*) fail space "$problem" ;;
    esac
    rm -f "$BASE/incoming/$PART"
    fail damaged "$problem"
  fi
  found=$(sha256sum <"$new" | cut -c 1-64)
  if [ "$found" != "$DIGEST" ]; then
    rm -f "$new" "$BASE/incoming/$PART"
    fail damaged "$found"
  fi
  if [ "$RUNS" = yes ]; then chmod 755 "$new"; else chmod 644 "$new"; fi
  mv -f "$new" "$TARGET" || fail place "$TARGET"
fi
rm -f "$BASE/incoming/$PART"
if [ "$RUNS" = yes ] && ! words=$("$TARGET" --version 2>&1); then
  rm -rf "${TARGET%/*}"
  fail does_not_run "$words"
fi
