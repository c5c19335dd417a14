"""The reader in the loop: which paper to read next, when to stop, and what it saves."""
