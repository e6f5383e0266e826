"""Posts, the series they form, tags; publishing from Markdown; similar posts; search."""
