import ssedrill
from my_client import stream

record = ssedrill.drill(stream, "reset-mid-stream", dialect="eventsource")
print(record.outcome, record.summary)
