"""An ordered list of small checks that turn plain facts about a draft into a verdict."""
