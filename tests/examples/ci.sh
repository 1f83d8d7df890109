#!/bin/sh
# Drills the client, and compares with the record of the main branch, if one is there (the first argument).
# Exit code: that of ssedrill run, or 1 if something got worse.
main=${1:-main-record.json}

code=0
ssedrill run --tag basic --client my_client.py:stream --dialect eventsource --report ssedrill-report || code=$?
if [ -f "$main" ] && [ "$code" -le 1 ]; then
    compared=0
    ssedrill compare "$main" ssedrill-report --report ssedrill-report || compared=$?
    [ "$compared" -le "$code" ] || code=$compared
fi
exit "$code"
