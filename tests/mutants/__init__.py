"""Tests of the tests: seeded faults, each of which a named test must catch (`make mutants`)."""
