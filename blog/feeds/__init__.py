"""Feeds of posts and comments, the sitemap and robots.txt: read only, the same for everybody."""
