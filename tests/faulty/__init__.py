"""The product with ways to fail on request, for tests that start its real processes."""
