"""Tests of the comments room."""
