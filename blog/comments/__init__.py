"""The conversation: comments, their states and threads, and the "Leave a Reply" form."""
