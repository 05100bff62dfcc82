"""The command line, and the processes that it starts."""

import gc

# A start makes half a million objects that stay: looking through them for garbage again and again costs a fifth of it.
gc.set_threshold(20_000, 50, 50)
