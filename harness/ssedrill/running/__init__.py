"""One run from start to verdict, and many of them."""
