"""The pieces behind `blog.markup`: reading Markdown and HTML, and writing it anew well nested.

Nothing here is safe by itself; `blog.markup` cleans the result last, and is what others import.
"""
