"""What is said in several languages: mail, and the pages that its links open."""
