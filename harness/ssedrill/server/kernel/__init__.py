"""What the kernel can be asked about a client: what it has read, whether it knocked in vain, which process it is."""
