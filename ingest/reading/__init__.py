"""Reading pages: text layer or OCR, the better of both; what is judged here is judged without any SDK."""
