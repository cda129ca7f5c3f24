# The models get to where the service finds them: from the index, or from the files that were sent to FROM.
keep_lock
stay
words=$(install_service "$BASE/versions/$RELEASE/jkocr" --models-only)
ended=$?
leave
[ "$ended" -le 128 ] || fail does_not_run "signal $((ended - 128))"
[ "$ended" = 0 ] || [ -n "$words" ] || fail does_not_run "exit $ended"
[ "$ended" = 0 ] || fail models "$(sentence "$words")"
