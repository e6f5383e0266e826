"""Tests of mail: outbox, delivery, subscriptions, links."""
