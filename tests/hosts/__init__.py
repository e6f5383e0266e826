"""Several processes and hosts on one database."""
