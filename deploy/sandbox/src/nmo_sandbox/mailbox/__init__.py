"""A mailbox that takes every letter: a real SMTP server, an API in Mailpit's shape, a page for people."""
