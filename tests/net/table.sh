#!/usr/bin/env bash
# Breaks the network in every way there is, in every mode, and prints a table: scenario, requests, errors, waits. It takes
# an hour and a half and needs root for its namespaces. JKOCR_NET_SCENARIOS and JKOCR_NET_MODES choose some by name,
# JKOCR_NET_SEED gives a link the chances of an earlier run, JKOCR_NET_LOG=1 adds the log of `up` to each row.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec cargo test --locked --test net -- --ignored --nocapture --test-threads=1 broken::table
