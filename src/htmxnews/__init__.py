"""htmxnews: a public, single-page news reader."""
