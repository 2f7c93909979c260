"""Adapters that are trusted: each answers what it knows, from an environment of its own."""
