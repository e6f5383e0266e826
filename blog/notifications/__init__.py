"""Mail: the outbox, what is said to staff and readers, and who asked to hear of what."""
