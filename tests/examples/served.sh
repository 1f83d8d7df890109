set -e
api=${SSEDRILL_API:-http://127.0.0.1:8665}
field() { grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }

drill=$(curl -sf "$api/drills" -d '{"scenario": "clean-end-without-terminal", "dialect": "eventsource"}')
id=$(echo "$drill" | field id)

# The client under test: curl, which takes any proper end of the body for the end of the answer.
text=$(curl -sf "$(echo "$drill" | field url)" | sed -n 's/^data: {"text":"\(.*\)"}$/\1/p' | tr -d '\n')

curl -sf "$api/drills/$id/shown" -d "{\"text\": \"$text\", \"complete\": true}" | field verdict
curl -sf "$api/drills/$id/record" -o record.json
