"""What the kernel can be asked about a client: what it has read, whether it knocked at a shut door."""
