"""What the product does: from an object in a bucket to a search hit."""
