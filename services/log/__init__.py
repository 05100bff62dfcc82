"""The proven past: events become leaves of a tree whose signed heads anybody may keep (design 6, decision 0013)."""
