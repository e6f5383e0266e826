"""What comes from other blogs, and what leaves for them."""
