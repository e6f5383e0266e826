"""Tests of a person's data: copy, erasure, retention, the map."""
