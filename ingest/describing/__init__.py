"""What a document says of itself: rules over Spanish office language, and what Gemini is asked and believed."""
