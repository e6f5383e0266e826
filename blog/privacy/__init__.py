"""A person's data: what is kept and how long, in a copy to take away, and gone when asked for."""
