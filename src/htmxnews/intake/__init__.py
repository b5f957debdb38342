"""How stories come in: the only room that touches foreign bytes. Parsers turn bytes into drafts."""
