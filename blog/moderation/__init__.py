"""The moderators' room: queue, decisions, undo, and the log of every change."""
