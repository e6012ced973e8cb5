"""Finding: a question understood, ranked, fused, answered."""
