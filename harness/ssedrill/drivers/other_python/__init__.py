"""A client in Python under another environment's interpreter, as a program: its libraries in another version."""
