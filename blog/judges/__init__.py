"""Judges outside of this blog: asked after the commit, by the worker, and only when switched on."""
