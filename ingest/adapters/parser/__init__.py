"""Files of unknown origin, opened in a process that can be killed. Nothing else imports PyMuPDF or OpenCV."""
