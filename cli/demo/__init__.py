"""`zhicha demo`: an invented town with two years of inspections, and one whole loop played over HTTP."""
