"""Lets Pillow open HEIC, as iPhones take photos.

Imported by the parser process alone, and there only for such a file: the decoder starts threads, whatever it is told, and
aborts where it may not.
"""

import pi_heif

# The tiles of a picture one after the other, so that it needs no more than two threads; no preview in the picture's place.
pi_heif.register_heif_opener(decode_threads=1, thumbnails=False)
