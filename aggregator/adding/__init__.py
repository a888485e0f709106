"""Getting sources in, and out again: feeds found at an address, lists of feeds, and how they come into config.yaml."""
