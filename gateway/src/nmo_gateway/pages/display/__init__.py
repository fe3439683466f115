"""The look of pages for weak sight."""
