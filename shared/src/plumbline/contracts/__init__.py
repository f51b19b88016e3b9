"""The published contracts: what services say to each other, and nothing of how they say it."""
