"""Essays: reading, importing, describing and dividing them."""
