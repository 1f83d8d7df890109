"""From scenario files to scenarios; whatever is wrong with a file is told as one error that names the place."""
