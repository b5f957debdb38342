"""What is kept: tables, engines, the revision, migrations."""
