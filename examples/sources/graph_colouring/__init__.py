"""Local search for graph colouring."""
