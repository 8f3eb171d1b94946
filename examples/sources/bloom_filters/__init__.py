"""Where the bits of a Bloom filter lie."""
