"""The commands of `htmxnews`, thin: they read options, call intake, store or finding, and say how it went."""
