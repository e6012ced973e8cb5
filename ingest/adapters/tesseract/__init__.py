"""Tesseract: what it is told, what it saw, and how its programs are watched. Nothing else imports pytesseract."""
