#!/bin/sh
# The same as a program: one JSON object a line. Exit code 127 says "I don't speak this dialect".
[ "$SSEDRILL_DIALECT" = eventsource ] || exit 127
curl -sN --max-time "$SSEDRILL_DEADLINE_S" "$SSEDRILL_URL" | sed -un 's/^data: \({.*"text".*}\)$/\1/p'
echo '{"done": true}'
