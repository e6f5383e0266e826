"""Tests of the ground modules."""
