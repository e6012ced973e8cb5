"""Looking at a document: pictures of its pages."""
