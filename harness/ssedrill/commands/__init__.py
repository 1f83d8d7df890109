"""What commands do between reading their arguments and printing."""
