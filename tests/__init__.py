"""Tests; the tree mirrors the rooms."""
