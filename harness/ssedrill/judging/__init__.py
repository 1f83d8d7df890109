"""From two journals to one verdict: ledger, numbers, checks, outcome, the sentence. Pure."""
