"""Reading measured: against bare Tesseract, OCRmyPDF and PyMuPDF alone, and through the whole system. See `__main__`."""
