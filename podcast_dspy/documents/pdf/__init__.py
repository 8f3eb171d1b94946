"""PDF: its pages as a worker process draws them, and the passes from typed page to typed page that read them."""
