"""Studio: a local web page for training, episodes and pairs, and the same operations as a REST API."""
