"""What an admin changes while the blog runs: typed, with factory values and help."""
