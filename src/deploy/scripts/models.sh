# The models get to where the service finds them: from the index, or from the files that were sent to FROM.
keep_lock
stay
set -- service install --systemd --models-only --program "$BASE/versions/$RELEASE/jkocr" --memory-max "$MEMORY"
[ "$WHOSE" = system ] || set -- "$@" --user
[ -z "$FROM" ] || set -- "$@" --models-from "$FROM"
# shellcheck disable=SC2086 # They are words of flags, which passed a grammar.
words=$("$BASE/versions/$RELEASE/jkocr" "$@" -- $ARGUMENTS 2>&1)
ended=$?
leave
[ "$ended" -le 128 ] || fail does_not_run "signal $((ended - 128))"
[ "$ended" = 0 ] || [ -n "$words" ] || fail does_not_run "exit $ended"
[ "$ended" = 0 ] || fail models "$(sentence "$words")"
